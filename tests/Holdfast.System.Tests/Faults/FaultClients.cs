using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.System.Tests.Clients;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Faults;

/// <summary>
/// Makes a run's call, over a bare socket or through the official client, and tells the run what it has.
/// </summary>
internal sealed class FaultClients(Uri url, string key, Func<NodeSession> session)
{
    /// <summary>More than any case takes; a call that takes longer hangs.</summary>
    private const double Patience = 20;

    public Task<FaultOutcome> AskAsync(FaultRun run, string model) =>
        run.Client == FaultRun.Raw ? AskRawAsync(run, model) : AskSdkAsync(run, model);

    /// <summary>Sends a run's call over a socket, which stays the caller's.</summary>
    public async Task<RawClient> SendAsync(FaultRun run, string model, int withheld = 0)
    {
        var client = await RawClient.ConnectAsync(url);
        var call = run.Face.Body(model, run.Streamed, Prompt(run));
        if (run.Case.Ending == FaultEnding.GoneOn && run.Face == FaultFace.OpenAi)
        {
            call["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        var body = Encoding.UTF8.GetBytes(call.ToJsonString());
        byte[] all =
        [
            .. Encoding.ASCII.GetBytes($"POST {run.Face.Path} HTTP/1.1\r\nHost: {url.Authority}\r\n"
                + $"Authorization: Bearer {key}\r\nx-api-key: {key}\r\nanthropic-version: 2023-06-01\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"),
            .. body,
        ];
        await client.SendAsync(all[..^withheld]);
        return client;
    }

    private static string Prompt(FaultRun run) => $"{run.Id} Please tell me a story.";

    private async Task<FaultOutcome> AskRawAsync(FaultRun run, string model)
    {
        using var client = await SendAsync(run, model);
        var head = await client.ReadHeadAsync();
        var outcome = new FaultOutcome { Status = head.Status, Headers = head.Headers };
        if (!head.Headers.GetValueOrDefault("transfer-encoding", "").Contains("chunked", StringComparison.Ordinal))
        {
            var length = int.Parse(head.Headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture);
            ReadWhole(run, outcome, await client.TakeAsync(length));
            outcome.EndedCleanly = true;
            return outcome;
        }

        var unread = new List<byte>();
        var isStream = head.Headers.GetValueOrDefault("content-type", "").StartsWith(
            "text/event-stream", StringComparison.Ordinal);
        byte[]? chunk;
        while ((chunk = await client.ReadChunkAsync()) is { Length: > 0 })
        {
            unread.AddRange(chunk);
            if (isStream)
            {
                ReadEvents(run, outcome, unread);
                run.Saw(outcome.Text.Length);
            }
        }

        outcome.EndedCleanly = chunk is not null;
        if (!isStream)
        {
            ReadWhole(run, outcome, [.. unread]);
        }

        return outcome;
    }

    private static void ReadWhole(FaultRun run, FaultOutcome outcome, byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            outcome.Read(run.Face, document.RootElement);
        }
        catch (JsonException)
        {
            outcome.Unreadable = Encoding.UTF8.GetString(body);
        }
    }

    /// <summary>Reads the events that are whole, and leaves the rest.</summary>
    private static void ReadEvents(FaultRun run, FaultOutcome outcome, List<byte> unread)
    {
        var text = Encoding.Latin1.GetString([.. unread]);
        var end = text.Replace("\r\n", "\n\0", StringComparison.Ordinal).LastIndexOf("\n\n", StringComparison.Ordinal);
        var crlf = text.LastIndexOf("\r\n\r\n", StringComparison.Ordinal);
        end = Math.Max(end < 0 ? -1 : end + 2, crlf < 0 ? -1 : crlf + 4);
        if (end < 0)
        {
            return;
        }

        var whole = Encoding.UTF8.GetString([.. unread[..end]]).Replace("\r\n", "\n", StringComparison.Ordinal);
        unread.RemoveRange(0, end);
        foreach (var one in whole.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var data = string.Join('\n', one.Split('\n')
                .Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line[5..].Trim()));
            if (data == "[DONE]")
            {
                outcome.ReadEnd();
            }
            else if (data.Length > 0)
            {
                using var document = JsonDocument.Parse(data);
                outcome.Read(run.Face, document.RootElement);
            }
        }
    }

    private async Task<FaultOutcome> AskSdkAsync(FaultRun run, string model)
    {
        using var limit = Waiting.Limit(Patience);
        var call = new JsonObject
        {
            ["face"] = run.Face.Name,
            ["url"] = url.ToString().TrimEnd('/'),
            ["key"] = key,
            ["body"] = run.Face.Body(model, run.Streamed, Prompt(run)),
        };
        var told = await session().AskAsync(
            call, progress => run.Saw(progress.GetProperty("seen").GetInt32()), limit.Token);
        var outcome = new FaultOutcome
        {
            Status = told.GetProperty("status").GetInt32(),
            Headers = told.GetProperty("headers").Deserialize<Dictionary<string, string>>()!,
            Text = told.GetProperty("text").GetString()!,
            Finish = told.GetProperty("finish").GetString(),
        };
        foreach (var (index, one) in told.GetProperty("calls").EnumerateArray().Index())
        {
            outcome.Calls[index] = (one.GetProperty("name").GetString()!, one.GetProperty("arguments").GetString()!);
        }

        var error = told.GetProperty("error");
        if (error.ValueKind == JsonValueKind.Object)
        {
            outcome.Errors = 1;
            outcome.ErrorType = error.GetProperty("type").GetString();
            outcome.ErrorCode = error.GetProperty("code").ToString();
            outcome.ErrorMessage = error.GetProperty("message").GetString();
        }

        return outcome;
    }
}
