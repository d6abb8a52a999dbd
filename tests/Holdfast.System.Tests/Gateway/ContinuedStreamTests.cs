using System.Text;
using System.Text.Json;
using Holdfast.Simulator;

namespace Holdfast.System.Tests.Gateway;

/// <summary>
/// Streams that are cut at random and go on at another provider, over sockets: what the caller reads in the end is what
/// one provider would have said alone. The providers of the simulator say the same to the same prompt.
/// </summary>
public sealed class ContinuedStreamTests : IAsyncLifetime
{
    // One name at all of them, because answers depend on it, and one that takes beginnings.
    private const string Model = "claude-haiku-4-5";
    private const int Streams = 1000;
    private const int AtOnce = 16;

    private static readonly int Seed = int.TryParse(
        Environment.GetEnvironmentVariable("HOLDFAST_TEST_SEED"), out var given) ? given : 20261121;

    private GatewayFixture _gateway = null!;

    public async Task InitializeAsync()
    {
        const string Settings = """
            server: { urls: "http://127.0.0.1:0" }
            logging: { level: none }
            defaults:
              retry: { maxRetries: 0, baseDelay: 1ms }
              circuitBreaker: { failureThreshold: 1000000 }
            providers:
              openai: { type: openai, baseUrl: "${SIM}/openai/v1", apiKey: k }
              groq: { type: groq, baseUrl: "${SIM}/groq/v1", apiKey: k }
              anthropic: { type: anthropic, baseUrl: "${SIM}/anthropic/v1", apiKey: k }
              mistral: { type: mistral, baseUrl: "${SIM}/mistral/v1", apiKey: k, dropUnsupported: true }
              ollama: { type: ollama, baseUrl: "${SIM}/ollama", dropUnsupported: true }
            models:
              asked: { continueStreams: true, targets: [ openai/claude-haiku-4-5, groq/claude-haiku-4-5 ] }
              prefixed: { continueStreams: true, targets: [ openai/claude-haiku-4-5, anthropic/claude-haiku-4-5 ] }
              echoed: { continueStreams: true, targets: [ openai/claude-haiku-4-5, mistral/claude-haiku-4-5 ] }
              local: { continueStreams: true, targets: [ anthropic/claude-haiku-4-5, ollama/claude-haiku-4-5 ] }
              twice: { continueStreams: true,
                       targets: [ openai/claude-haiku-4-5, groq/claude-haiku-4-5, anthropic/claude-haiku-4-5 ] }
              plain: { targets: [ openai/claude-haiku-4-5, groq/claude-haiku-4-5 ] }

            """;
        _gateway = await GatewayFixture.StartAsync(Settings);
        foreach (var provider in new[] { "openai", "groq", "anthropic", "mistral", "ollama" })
        {
            Say(provider, "");
        }
    }

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("asked", "openai", 0)]
    [InlineData("asked", "openai", 2)]
    [InlineData("asked", "openai", 12)]
    [InlineData("prefixed", "openai", 0)]
    [InlineData("echoed", "openai", 0)]
    [InlineData("local", "anthropic", 0)]
    public async Task Streams_cut_at_random_points_give_the_texts_of_uncut_ones(
        string route, string cut, int repeatedWords)
    {
        Say("groq", $"\"repeatedWords\":{repeatedWords},");
        Cut(cut, "fin");

        await AllAreWholeAsync(route, Streams / 5, cut);
    }

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData(3)]
    public async Task A_thousand_streams_cut_at_random_points_give_the_texts_of_uncut_ones(int repeatedWords)
    {
        Say("groq", $"\"repeatedWords\":{repeatedWords},");
        Cut("openai", "rst");

        await AllAreWholeAsync("asked", Streams, "openai");
    }

    [Fact]
    public async Task Streams_that_are_cut_twice_give_the_texts_of_uncut_ones()
    {
        Cut("openai", "fin");
        Cut("groq", "fin");

        await AllAreWholeAsync("twice", Streams / 10, "openai");
    }

    [Fact]
    public async Task A_stream_that_went_on_tells_where_in_a_comment()
    {
        _gateway.Simulator.Set("openai", Behaviour.Parse(
            $"{{\"seed\":{Seed},\"failures\":{{\"cutAfter\":{{\"share\":1,\"chunks\":5}}}}}}"));

        var said = await StreamAsync("prefixed", 2, isAnthropic: false, mayBreak: false);

        Assert.Contains("\n\n: goes on at anthropic/claude-haiku-4-5\n\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_option_a_cut_stream_ends_in_the_error_event()
    {
        Cut("openai", "fin");

        var text = await StreamAsync("plain", 1, isAnthropic: false, mayBreak: true);

        Assert.Contains("\"code\":\"stream_cut\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_of_a_tool_is_never_gone_on_with(bool isAnthropic)
    {
        Cut("openai", "fin");
        var tool = isAnthropic
            ? """{"name":"find_book","input_schema":{"type":"object","properties":{"title":{"type":"string"}}}}"""
            : """{"type":"function","function":{"name":"find_book","parameters":{"type":"object"}}}""";

        var text = await StreamAsync("asked", 1, isAnthropic, mayBreak: true,
            $",\"tools\":[{tool}],\"tool_choice\":{(isAnthropic ? "{\"type\":\"any\"}" : "\"required\"")}");

        Assert.Contains("the answer above is incomplete", text, StringComparison.Ordinal);
        Assert.Equal(0, _gateway.Simulator.Counters("groq").Requests);
    }

    private static string Prompt(int number) => $"Question {number} of seed {Seed}";

    private static string Body(string route, int number, bool isAnthropic, string more) =>
        $"{{\"model\":\"{route}\",\"stream\":true,"
        + (isAnthropic ? "\"max_tokens\":10000," : "\"stream_options\":{\"include_usage\":true},")
        + $"\"messages\":[{{\"role\":\"user\",\"content\":\"{Prompt(number)}\"}}]{more}}}";

    /// <summary>Answers of 16 to 48 tokens, the same at every provider.</summary>
    private void Say(string provider, string more) => _gateway.Simulator.Set(provider,
        Behaviour.Parse($"{{\"seed\":{Seed},{more}\"failures\":{{}}}}"));

    private void Cut(string provider, string how) => _gateway.Simulator.Set(provider, Behaviour.Parse(
        $"{{\"seed\":{Seed},\"failures\":{{\"cutAfter\":{{\"share\":1,"
        + $"\"chunks\":{{\"min\":2,\"max\":60}},\"how\":\"{how}\"}}}}}}"));

    private async Task AllAreWholeAsync(string route, int streams, string cut)
    {
        var wrong = new List<string>();
        var some = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(Enumerable.Range(0, streams), some,
            async (number, _) =>
            {
                var isAnthropic = number % 2 == 1;
                var said = await StreamAsync(route, number, isAnthropic, mayBreak: false);
                var expected = _gateway.Simulator.ExpectedAnswer(cut, Body(Model, number, cut == "anthropic", ""));
                if (Problem(said, expected, isAnthropic) is { } problem)
                {
                    lock (wrong)
                    {
                        wrong.Add($"{number}: {problem}\n{said}");
                    }
                }
            });

        Assert.True(wrong.Count == 0, $"seed {Seed}, {wrong.Count} of {streams}: {wrong.FirstOrDefault()}");
        var gone = _gateway.Simulator.Counters(cut).Failures.Values.Sum();
        Assert.True(gone > streams / 2, $"seed {Seed}: only {gone} of {streams} streams were cut");
    }

    private static string? Problem(string said, string expected, bool isAnthropic)
    {
        var events = said.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(one => one.Split('\n').FirstOrDefault(line => line.StartsWith("data: ", StringComparison.Ordinal)))
            .OfType<string>().Select(line => line["data: ".Length..]).ToList();
        return isAnthropic ? ProblemOfMessage(events, expected) : ProblemOfChunks(events, expected);
    }

    private static string? ProblemOfChunks(List<string> events, string expected)
    {
        if (events[^1] != "[DONE]")
        {
            return "it has no end";
        }

        var chunks = events[..^1].ConvertAll(one => JsonElement.Parse(one));
        var choices = chunks.Where(chunk => chunk.GetProperty("choices").GetArrayLength() > 0)
            .Select(chunk => chunk.GetProperty("choices")[0]).ToList();
        var text = string.Concat(choices.Select(choice => choice.GetProperty("delta"))
            .Select(delta => delta.TryGetProperty("content", out var content) ? content.GetString() : ""));
        var reasons = choices.Select(choice => choice.GetProperty("finish_reason"))
            .Where(reason => reason.ValueKind == JsonValueKind.String).ToList();
        return text != expected ? $"it says\n{text}\nand not\n{expected}"
            : chunks.Select(chunk => (chunk.GetProperty("id").GetString(), chunk.GetProperty("model").GetString(),
                chunk.GetProperty("created").GetInt64())).Distinct().Count() != 1 ? "it has several ids"
            : reasons.Count != 1 || reasons[0].GetString() != "stop" ? "it has not one honest reason"
            : chunks.Count(chunk => chunk.TryGetProperty("usage", out var usage)
                && usage.ValueKind == JsonValueKind.Object) != 1 ? "it has not one usage"
            : null;
    }

    private static string? ProblemOfMessage(List<string> events, string expected)
    {
        var all = events.ConvertAll(one => JsonElement.Parse(one));
        var types = all.ConvertAll(one => one.GetProperty("type").GetString()!);
        var text = string.Concat(all.Where(one => one.GetProperty("type").GetString() == "content_block_delta")
            .Select(one => one.GetProperty("delta").GetProperty("text").GetString()));
        var others = types.Where(type => type is not ("content_block_delta" or "ping")).ToList();
        return text != expected ? $"it says\n{text}\nand not\n{expected}"
            : !others.SequenceEqual(["message_start", "content_block_start", "content_block_stop", "message_delta",
                "message_stop"]) ? "it is not one message with one block: " + string.Join(' ', others)
            : all[^2].GetProperty("delta").GetProperty("stop_reason").GetString() != "end_turn" ? "it ends falsely"
            : all[^2].GetProperty("usage").GetProperty("output_tokens").GetInt64() <= 0 ? "nothing was used" : null;
    }

    private async Task<string> StreamAsync(
        string route, int number, bool isAnthropic, bool mayBreak, string more = "")
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, isAnthropic ? "/v1/messages" : "/v1/chat/completions");
        request.Content = new StringContent(
            Body(route, number, isAnthropic, more), Encoding.UTF8, "application/json");
        using var response = await _gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        using var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            if (!mayBreak)
            {
                return $"{Encoding.UTF8.GetString(all.ToArray())}\n\nbroken: {broken.Message}";
            }
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }
}
