using System.Text.Json.Nodes;

namespace Holdfast.System.Tests.Clients;

/// <summary>A question of one user message.</summary>
internal sealed record ChatCall(string Model, string Text)
{
    public bool Stream { get; init; }

    public int? MaxTokens { get; init; }

    /// <summary>The caller leaves after so many chunks of the stream.</summary>
    public int? AbortAfterChunks { get; init; }

    /// <summary>The request that a provider gets for it, as far as its answer hangs on that.</summary>
    public string RequestTo(string upstreamModel) => new JsonObject
    {
        ["model"] = upstreamModel,
        ["max_tokens"] = MaxTokens ?? 4096,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Text }),
    }.ToJsonString();
}

/// <summary>How a client is set up.</summary>
internal sealed record ClientSettings(Uri Gateway)
{
    public Uri BaseUrl => new(Gateway, "/v1");

    public string Key { get; init; } = "a-caller";

    /// <summary>Default 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Null: what the client does by default.</summary>
    public int? MaxRetries { get; init; } = 0;
}

/// <summary>What a caller's code got to see of a call.</summary>
/// <param name="Text">The text of the first choice, as far as it came.</param>
/// <param name="FinishReason">In the words of the wire.</param>
/// <param name="Headers">Of the answer; empty where none came.</param>
/// <param name="Error">What was raised; null where the call ended well.</param>
internal sealed record ChatOutcome(
    string Text, string? FinishReason, IReadOnlyDictionary<string, string> Headers, ClientError? Error)
{
    public string? Provider => Headers.GetValueOrDefault("x-holdfast-provider");
}

/// <summary>An exception of the client.</summary>
/// <param name="Name">Its type.</param>
/// <param name="Status">The HTTP status; 0 where there was no answer, or it had begun well.</param>
internal sealed record ClientError(
    string Name, int Status, string? Code, string? Type, string? Param, string Message);
