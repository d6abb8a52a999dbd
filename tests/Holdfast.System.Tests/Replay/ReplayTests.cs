using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.System.Tests.Gateway;
using Xunit.Abstractions;

namespace Holdfast.System.Tests.Replay;

/// <summary>Real answers of real providers come through the gateway unchanged, however TCP tears them.</summary>
public sealed class ReplayTests(ITestOutputHelper output)
{
    private const string Path = "/v1/chat/completions";

    /// <summary>Longest segments; 1 is one byte at a time, for what is small enough.</summary>
    private static readonly int[] Longest = [1, 3, 40, 700, 9000];

    public enum Framing
    {
        Length,
        Chunked,
        UntilClose,
    }

    [RecordingsTheory]
    [InlineData(Framing.Length)]
    [InlineData(Framing.Chunked)]
    [InlineData(Framing.UntilClose)]
    public async Task A_recorded_stream_comes_through_as_it_was(Framing framing)
    {
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var recordings = Recordings.Streams.ToList();
        Assert.NotEmpty(recordings);
        ScriptedAnswer? next = null;
        await using var server = new ScriptedServer(_ => next!);
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Server, server);

        foreach (var recording in recordings)
        {
            next = Answer(recording, framing, random);
            using var request = new HttpRequestMessage(HttpMethod.Post, Path);
            request.Content = RequestOf(recording);
            using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var (body, isWhole) = await ReadAsync(response);

            Assert.True(response.IsSuccessStatusCode && isWhole, $"{recording.Name}: {body}");
            Assert.Equal(Expected(recording), DataLines(body).ToList());
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        }
    }

    [RecordingsFact]
    public async Task A_recorded_plain_answer_comes_through_byte_by_byte()
    {
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        ScriptedAnswer? next = null;
        await using var server = new ScriptedServer(_ => next!);
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Server, server);

        foreach (var recording in Recordings.Plain)
        {
            next = Answer(recording, (Framing)random.Next(3), random);
            using var response = await gateway.Client.PostAsync(Path, RequestOf(recording));
            var body = await response.Content.ReadAsByteArrayAsync();

            Assert.True(response.IsSuccessStatusCode, $"{recording.Name}: {Encoding.UTF8.GetString(body)}");
            Assert.True(recording.Body.AsSpan().SequenceEqual(body), recording.Name);
        }
    }

    [RecordingsFact]
    public async Task A_recorded_request_goes_up_as_it_is_but_for_the_model_and_the_usage()
    {
        ScriptedAnswer? next = null;
        await using var server = new ScriptedServer(_ => next!);
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Server, server);

        foreach (var recording in Recordings.Streams.Concat(Recordings.Plain))
        {
            next = Answer(recording, Framing.Length, new Random(1)) with { LongestSegment = 0 };
            using var response = await gateway.Client.PostAsync(Path, RequestOf(recording));
            Assert.True(server.Requests.TryDequeue(out var request));

            var (sent, expected) = (JsonNode.Parse(request.Body)!, JsonNode.Parse(recording.RequestBody)!);
            expected["model"] ??= "any-model";
            if (expected["stream_options"] is null)
            {
                sent.AsObject().Remove("stream_options");
            }

            Assert.True(JsonNode.DeepEquals(expected, sent), recording.Name);
        }
    }

    private static async Task<(string Text, bool IsWhole)> ReadAsync(HttpResponseMessage response)
    {
        var received = new MemoryStream();
        try
        {
            await response.Content.CopyToAsync(received);
            return (Encoding.UTF8.GetString(received.ToArray()), true);
        }
        catch (HttpRequestException)
        {
            return (Encoding.UTF8.GetString(received.ToArray()), false);
        }
    }

    /// <summary>The recorded request, addressed to the scripted provider.</summary>
    private static StringContent RequestOf(Recording recording)
    {
        var request = JsonNode.Parse(recording.RequestBody)!;
        // Some recorded deployments have their model in the address only.
        request["model"] = "scripted/" + (request["model"]?.GetValue<string>() ?? "any-model");
        return new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json");
    }

    private static ScriptedAnswer Answer(Recording recording, Framing framing, Random random)
    {
        var head = new StringBuilder("HTTP/1.1 200 OK\r\n").Append(CultureInfo.InvariantCulture,
            $"content-type: {recording.ContentType}\r\n");
        var body = recording.Body;
        if (framing == Framing.Length)
        {
            head.Append(CultureInfo.InvariantCulture, $"content-length: {body.Length}\r\n");
        }
        else if (framing == Framing.Chunked)
        {
            head.Append("transfer-encoding: chunked\r\n");
            body = Chunked(body, random);
        }
        else
        {
            head.Append("connection: close\r\n");
        }

        var bytes = Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()).Concat(body).ToArray();
        // A megabyte in single bytes would only take long.
        var fitting = Longest.Where(longest => bytes.Length / longest < 8_000).ToArray();
        return new ScriptedAnswer(bytes, Close: framing == Framing.UntilClose)
        {
            LongestSegment = fitting[random.Next(fitting.Length)], Seed = random.Next(),
        };
    }

    private static byte[] Chunked(byte[] body, Random random)
    {
        var chunked = new MemoryStream();
        for (var at = 0; at < body.Length;)
        {
            var length = Math.Min(random.Next(1, 2000), body.Length - at);
            chunked.Write(Encoding.ASCII.GetBytes(length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
            chunked.Write(body, at, length);
            chunked.Write("\r\n"u8);
            at += length;
        }

        chunked.Write("0\r\n\r\n"u8);
        return chunked.ToArray();
    }

    /// <summary>What the caller is owed: all data lines but unasked usage, and the end marker.</summary>
    private static List<string> Expected(Recording recording)
    {
        var lines = DataLines(Encoding.UTF8.GetString(recording.Body))
            .Where(line => recording.AsksForUsage || !IsUsageOnly(line)).ToList();
        if (!lines.Contains("data: [DONE]"))
        {
            lines.Add("data: [DONE]");
        }

        return lines;
    }

    private static bool IsUsageOnly(string line)
    {
        if (line == "data: [DONE]")
        {
            return false;
        }

        using var chunk = JsonDocument.Parse(line["data:".Length..]);
        return chunk.RootElement.GetProperty("choices").GetArrayLength() == 0
            && chunk.RootElement.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object;
    }

    private static IEnumerable<string> DataLines(string body) => body
        .Split(["\r\n", "\n", "\r"], StringSplitOptions.None)
        .Where(line => line.StartsWith("data:", StringComparison.Ordinal));
}
