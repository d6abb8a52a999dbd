using System.Text.Json.Nodes;

namespace Holdfast.System.Tests.Faults;

/// <summary>What callers speak.</summary>
/// <param name="Name">Its name, which the script with the official clients knows too.</param>
/// <param name="Path">Where chats are.</param>
/// <param name="Voice">What a provider speaks that the face needs no translation for.</param>
/// <param name="Stop">Why an answer is at its end when it is.</param>
/// <param name="Filtered">Why it is when it was filtered.</param>
internal sealed record FaultFace(string Name, string Path, ProviderVoice Voice, string Stop, string Filtered)
{
    public static readonly FaultFace OpenAi =
        new("openai", "/v1/chat/completions", ProviderVoice.OpenAi, "stop", "content_filter");

    public static readonly FaultFace Anthropic =
        new("anthropic", "/v1/messages", ProviderVoice.Anthropic, "end_turn", "refusal");

    public static readonly IReadOnlyList<FaultFace> All = [OpenAi, Anthropic];

    public bool IsOpenAi => this == OpenAi;

    /// <summary>A call's body.</summary>
    public JsonObject Body(string model, bool streamed, string prompt)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["stream"] = streamed,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
        };
        if (!IsOpenAi)
        {
            body["max_tokens"] = 1000;
        }

        return body;
    }

    /// <summary>The status by which the face tells what is this one on OpenAI's.</summary>
    public int StatusOf(int status) => !IsOpenAi && status is 502 or 503 ? 529 : status;
}
