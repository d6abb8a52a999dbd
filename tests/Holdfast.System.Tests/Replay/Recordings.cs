using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.System.Tests.Conformance;

namespace Holdfast.System.Tests.Replay;

/// <summary>One real exchange with a provider.</summary>
internal sealed record Recording(string Name, string RequestBody, string ContentType, byte[] Body)
{
    public bool IsStream => ContentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);

    public bool AsksForUsage => JsonNode.Parse(RequestBody)!["stream_options"]?["include_usage"]?.GetValue<bool>()
        ?? false;
}

/// <summary>The recorded chat completions; they are not part of the repository.</summary>
internal static class Recordings
{
    private static readonly Lazy<IReadOnlyList<Recording>> Chat = new(Read);

    public static string Path { get; } = SharedData.PathOf(SharedData.Exchanges);

    public static IEnumerable<Recording> Streams => Chat.Value.Where(recording => recording.IsStream);

    /// <summary>Without the one that shows what an invalid answer is, and those whose request was not kept.</summary>
    public static IEnumerable<Recording> Plain => Chat.Value
        .Where(recording => !recording.IsStream && recording.RequestBody.StartsWith('{')
            && recording.Body.AsSpan().IndexOf("\"choices\""u8) >= 0);

    private static List<Recording> Read()
    {
        var recordings = new List<Recording>();
        foreach (var (number, line) in SharedData.Lines().Index())
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            if (root.GetProperty("path").GetString()!.EndsWith("/chat/completions", StringComparison.Ordinal)
                && root.GetProperty("status").GetInt32() is >= 200 and <= 299)
            {
                recordings.Add(new Recording(
                    $"line {number + 1}, {root.GetProperty("host").GetString()}",
                    root.GetProperty("reqBody").GetString()!,
                    ContentType(root.GetProperty("respHeaders")),
                    root.GetProperty("respBodyB64").GetBytesFromBase64()));
            }
        }

        return recordings;
    }

    private static string ContentType(JsonElement headers) => headers.EnumerateObject()
        .Where(header => header.Name.Equals("content-type", StringComparison.OrdinalIgnoreCase))
        .Select(header => header.Value.ValueKind == JsonValueKind.Array ? header.Value[0] : header.Value)
        .Select(value => value.GetString()!).FirstOrDefault("");
}

/// <summary>A test that needs the recordings, and says so where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RecordingsFactAttribute : FactAttribute
{
    public RecordingsFactAttribute()
    {
        if (!File.Exists(Recordings.Path))
        {
            Skip = $"the recorded exchanges are not here ({Recordings.Path}); set HOLDFAST_SHARED_DATA";
        }
    }
}

/// <summary>A theory that needs the recordings, and says so where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RecordingsTheoryAttribute : TheoryAttribute
{
    public RecordingsTheoryAttribute()
    {
        if (!File.Exists(Recordings.Path))
        {
            Skip = $"the recorded exchanges are not here ({Recordings.Path}); set HOLDFAST_SHARED_DATA";
        }
    }
}
