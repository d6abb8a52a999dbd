using System.Text;
using Holdfast.Gateway;
using Holdfast.Gateway.Configuration;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Faults;

/// <summary>
/// A provider that says more than its answer has: what is too much must never become a part of the next call's answer,
/// which may be another caller's.
/// </summary>
[Trait("Category", "Faults")]
public sealed class SurplusBytesTests
{
    private const string Rest = "\"}}]}";

    private static readonly string Whole = Answer("The answer to somebody else.");

    public enum When
    {
        /// <summary>In the same segment as the answer's end.</summary>
        AtOnce,

        /// <summary>Behind it, byte for byte.</summary>
        InBytes,

        /// <summary>Once the caller has its answer: the connection rests among those to be used again.</summary>
        Afterwards,
    }

    public static TheoryData<When, bool, bool> Rows
    {
        get
        {
            var rows = new TheoryData<When, bool, bool>();
            foreach (var when in Enum.GetValues<When>())
            {
                rows.Add(when, false, false);
                rows.Add(when, false, true);
                rows.Add(when, true, false);
                rows.Add(when, true, true);
            }

            return rows;
        }
    }

    /// <param name="when">When it comes.</param>
    /// <param name="isAnswer">It is a whole answer itself, which would be a good one for any call.</param>
    /// <param name="streamed">Asked for a stream.</param>
    [Theory, MemberData(nameof(Rows))]
    public async Task What_is_too_much_never_poisons_the_next_answer(When when, bool isAnswer, bool streamed)
    {
        var surplus = Encoding.UTF8.GetBytes(isAnswer ? Whole : Rest);
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var requests = 0;
        await using var provider = new ScriptedServer(async (_, connection) =>
        {
            var number = Interlocked.Increment(ref requests);
            var text = $"Answer {number}.";
            var answer = Encoding.UTF8.GetBytes(streamed ? Stream(text) : Answer(text));
            if (number > 1)
            {
                await connection.SendAsync(answer);
                return true;
            }

            try
            {
                var soFar = when == When.AtOnce ? (byte[])[.. answer, .. surplus] : answer;
                await connection.SendAsync(soFar);
                await (when == When.Afterwards ? answered.Task.WaitAsync(connection.Ending) : Task.CompletedTask);
                await connection.SendAsync(
                    when == When.AtOnce ? default : surplus, when == When.InBytes ? 1 : 0, new Random(7));
            }
            finally
            {
                // All of it, or as much as the gateway waited for.
                sent.SetResult();
            }

            return true;
        });
        await using var app = await StartAsync(provider);

        var first = await AskAsync(app, streamed);
        answered.SetResult();
        await sent.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        var second = await AskAsync(app, streamed);

        Assert.Contains("Answer 1.", first, StringComparison.Ordinal);
        Assert.Contains("Answer 2.", second, StringComparison.Ordinal);
        Assert.DoesNotContain("somebody else", second, StringComparison.Ordinal);
        Assert.Equal(2, requests);
    }

    /// <summary>
    /// What comes once the next request is there can't be told from its answer: it is a broken one, and the call is
    /// made again, over another connection.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_comes_with_the_next_request_breaks_its_answer_and_is_never_a_part_of_it(bool streamed)
    {
        var requests = 0;
        await using var provider = new ScriptedServer(async (_, connection) =>
        {
            var number = Interlocked.Increment(ref requests);
            var text = $"Answer {number}.";
            await connection.SendAsync(Encoding.UTF8.GetBytes(
                (number == 2 ? Rest : "") + (streamed ? Stream(text) : Answer(text))));
            return true;
        });
        await using var app = await StartAsync(provider, maxRetries: 1);

        var first = await AskAsync(app, streamed);
        var second = await AskAsync(app, streamed);

        Assert.Contains("Answer 1.", first, StringComparison.Ordinal);
        Assert.Contains("Answer 3.", second, StringComparison.Ordinal);
        Assert.Equal(3, requests);
    }

    private static async Task<string> AskAsync(GatewayApp app, bool streamed)
    {
        var url = new Uri(app.Urls[0]);
        var body = FaultFace.OpenAi.Body("only", streamed, "Hello.").ToJsonString();
        var answer = await RawClient.AskAsync(url, $"POST /v1/chat/completions HTTP/1.1\r\nHost: {url.Authority}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Body;
    }

    private static string Answer(string text)
    {
        var body = ProviderVoice.OpenAi.Whole(text);
        return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            + $"content-length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";
    }

    private static string Stream(string text)
    {
        byte[] events =
        [
            .. ProviderVoice.OpenAi.Opening, .. ProviderVoice.OpenAi.Piece(text), .. ProviderVoice.OpenAi.Closing,
        ];
        return "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            + Encoding.UTF8.GetString(ProviderTurn.Chunk(events)) + "0\r\n\r\n";
    }

    private static Task<GatewayApp> StartAsync(ScriptedServer provider, int maxRetries = 0)
    {
        var configuration = ConfigurationFile.Parse($$"""
            server: { urls: "http://127.0.0.1:0" }
            logging: { level: none }
            defaults: { retry: { maxRetries: {{maxRetries}}, baseDelay: 1ms } }
            providers:
              one: { type: openai-compatible, baseUrl: "{{provider.Url}}", apiKey: a-key }
            models:
              only: { targets: [ one/m ] }
            """, "surplus.yaml", _ => null);
        Assert.Empty(configuration.Errors);
        return GatewayApp.StartAsync(
            new GatewaySettings { Options = configuration.Options!.WithoutChecks(), AdminKey = "admin", Seed = 7 },
            CancellationToken.None);
    }
}
