using System.Text;
using System.Text.Json;

namespace Holdfast.System.Tests.Conformance;

/// <summary>A real stream of a provider.</summary>
/// <param name="Name">Where it comes from.</param>
/// <param name="Dialect">Whose client reads it: <c>openai</c>, <c>anthropic</c>, …</param>
/// <param name="Type">The type of the provider that it is replayed as.</param>
/// <param name="Body">As it came, or framed as it would have come.</param>
internal sealed record RecordedStream(string Name, string Dialect, string Type, string ContentType, byte[] Body);

/// <summary>All real streams beside the repository, each with the dialect that it is in.</summary>
internal static class RecordedStreams
{
    private const string Sse = "text/event-stream";

    /// <summary>The provider's type, by what the name has in it; without one it is any compatible server.</summary>
    private static readonly string[] Types =
        ["groq", "mistral", "deepseek", "perplexity", "xai", "openrouter", "together", "openai"];

    /// <summary>What isn't a chat's stream, by what the name has in it.</summary>
    private static readonly string[] OtherApis =
    [
        // Google's other APIs.
        "/interactions/", "/speech-translation/",
        // OpenAI's older completions, which aren't translated.
        "/completion/",
        // Bodies of a model's own format, not Converse.
        "/invoke-with-response-stream",
        // Writer's own format: whole messages where chunks have deltas.
        "api.writer.com",
    ];

    /// <summary>The streams of chats and responses, and the names of all others.</summary>
    public static (IReadOnlyList<RecordedStream> Streams, IReadOnlyList<string> Others) All()
    {
        var chats = new List<RecordedStream>();
        var others = new List<string>();
        foreach (var (name, contentType, body) in Recorded())
        {
            if (OtherApis.Any(name.Contains))
            {
                others.Add(name);
            }
            else
            {
                var dialect = contentType == EventStreamFrames.ContentType ? "bedrock"
                    : name.Contains("/responses", StringComparison.Ordinal) ? "responses"
                    : name.Contains("anthropic", StringComparison.Ordinal) ? "anthropic" : "openai";
                chats.Add(new RecordedStream(name, dialect, TypeOf(dialect, name), contentType, body));
            }
        }

        foreach (var (path, bytes) in SharedData.Archive(SharedData.ChunkLists)
            .Where(file => file.Name.EndsWith(".chunks.txt", StringComparison.Ordinal)))
        {
            var lines = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (OtherApis.Any(path.Contains))
            {
                others.Add(path);
            }
            else
            {
                chats.AddRange(Framed(path, lines));
            }
        }

        return (chats, others);
    }

    private static IEnumerable<(string Name, string ContentType, byte[] Body)> Recorded()
    {
        foreach (var (number, line) in SharedData.Lines().Index())
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var contentType = root.GetProperty("respHeaders").EnumerateObject()
                .Where(header => header.Name.Equals("content-type", StringComparison.OrdinalIgnoreCase))
                .Select(header => header.Value.ValueKind == JsonValueKind.Array ? header.Value[0] : header.Value)
                .Select(value => value.GetString()!.Split(';')[0]).FirstOrDefault("");
            if (contentType is Sse or EventStreamFrames.ContentType && root.GetProperty("status").GetInt32() == 200)
            {
                yield return ($"line {number + 1}, {root.GetProperty("host")}{root.GetProperty("path")}",
                    contentType, root.GetProperty("respBodyB64").GetBytesFromBase64());
            }
        }
    }

    private static IEnumerable<RecordedStream> Framed(string path, string[] lines)
    {
        if (lines[0].Contains("\"type\":\"response.", StringComparison.Ordinal))
        {
            yield return Of("responses", lines, WithName);
        }
        else if (path.Contains("/anthropic/", StringComparison.Ordinal))
        {
            var number = 0;
            foreach (var message in Messages(lines))
            {
                yield return Of("anthropic", message, WithName) with { Name = $"{path} #{++number} " };
            }
        }
        else if (path.Contains("/cohere/", StringComparison.Ordinal))
        {
            yield return Of("cohere", lines, WithName);
        }
        else if (path.Contains("/google/", StringComparison.Ordinal))
        {
            yield return Of("gemini", lines, line => $"data: {line}\r\n\r\n");
        }
        else if (path.Contains("/amazon-bedrock/", StringComparison.Ordinal))
        {
            yield return new RecordedStream(path, "bedrock", "bedrock", EventStreamFrames.ContentType,
                [.. lines.SelectMany(Frame)]);
        }
        else
        {
            // Perplexity ends without the marker.
            var isMarked = !path.Contains("/perplexity/", StringComparison.Ordinal);
            yield return Of("openai", isMarked ? [.. lines, "[DONE]"] : lines, line => $"data: {line}\n\n");
        }

        RecordedStream Of(string dialect, string[] events, Func<string, string> frame) => new(
            path, dialect, TypeOf(dialect, path), Sse, Encoding.UTF8.GetBytes(string.Concat(events.Select(frame))));
    }

    /// <summary>A list may hold the messages of several calls, one after the other.</summary>
    private static IEnumerable<string[]> Messages(string[] lines)
    {
        var start = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Contains("\"type\":\"message_stop\"", StringComparison.Ordinal))
            {
                yield return lines[start..(i + 1)];
                start = i + 1;
            }
        }
    }

    /// <summary>By text, because one of the lists has a line that is no JSON.</summary>
    private static string WithName(string line)
    {
        const string Type = "\"type\":\"";
        var start = line.IndexOf(Type, StringComparison.Ordinal) + Type.Length;
        return $"event: {line[start..line.IndexOf('"', start)]}\ndata: {line}\n\n";
    }

    private static byte[] Frame(string line)
    {
        using var json = JsonDocument.Parse(line);
        var member = json.RootElement.EnumerateObject().Single();
        return EventStreamFrames.Frame(member.Name, Encoding.UTF8.GetBytes(member.Value.GetRawText()));
    }

    private static string TypeOf(string dialect, string name) => dialect == "responses" ? "openai"
        : dialect != "openai" ? dialect
        : Types.FirstOrDefault(type => name.Contains(type, StringComparison.Ordinal)) ?? "openai-compatible";
}
