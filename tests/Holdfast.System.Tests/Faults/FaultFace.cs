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

    /// <summary>To a provider that has no Responses API: chats there and back.</summary>
    public static readonly FaultFace Responses =
        new("responses", ResponsesPath, ProviderVoice.OpenAi, "completed", "content_filter");

    /// <summary>To a provider that has one: its own events go through.</summary>
    public static readonly FaultFace PassedResponses =
        new("responses-passed", ResponsesPath, ProviderVoice.Responses, "completed", "content_filter");

    private const string ResponsesPath = "/v1/responses";

    public static readonly IReadOnlyList<FaultFace> All = [OpenAi, Anthropic, Responses, PassedResponses];

    public bool IsAnthropic => this == Anthropic;

    public bool IsResponses => Path == ResponsesPath;

    /// <summary>Asked over a bare socket only.</summary>
    public bool IsBare => IsResponses;

    /// <summary>Whether a case is played on it.</summary>
    public bool Has(FaultCase one) =>
        // What another voice says is translated for the one and for the other in the same way.
        (one.Face is null || one.Face == this) && (this != PassedResponses || one.Voice is null);

    /// <summary>A call's body.</summary>
    public JsonObject Body(string model, bool streamed, string prompt)
    {
        var body = new JsonObject { ["model"] = model, ["stream"] = streamed };
        if (IsResponses)
        {
            body["input"] = prompt;
            return body;
        }

        body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt });
        if (IsAnthropic)
        {
            body["max_tokens"] = 1000;
        }

        return body;
    }

    /// <summary>The status by which the face tells what is this one on OpenAI's.</summary>
    public int StatusOf(int status) => IsAnthropic && status is (502 or 503) ? 529 : status;
}
