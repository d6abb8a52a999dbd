namespace Holdfast.Simulator.Providers;

/// <summary>What tells one provider from another that speaks the same dialect.</summary>
internal sealed record Flavour(string Name, ErrorShape Errors, RateHeaders Rates, string[] Models)
{
    public bool IsAnthropic => Errors == ErrorShape.Anthropic;

    /// <summary>The format that is its own; where that isn't OpenAI's or Anthropic's, it answers OpenAI's too.
    /// </summary>
    public string Dialect { get; init; } = Errors == ErrorShape.Anthropic ? "anthropic" : "openai";

    /// <summary>Whether a good stream ends with <c>[DONE]</c>.</summary>
    public bool SendsDone { get; init; } = true;

    /// <summary>Whether a stream's usage stands beside its last choice, asked for or not.</summary>
    public bool TellsUsage { get; init; }

    /// <summary>What it answers about an <c>input</c>.</summary>
    public InputWish[] Inputs { get; init; } = [];

    /// <summary>Whether it has files, images and sounds.</summary>
    public bool HasMedia { get; init; }

    /// <summary>Whether it sends vectors as base64 when that is asked for.</summary>
    public bool KnowsBase64 { get; init; } = true;

    public string ErrorContentType { get; init; } = "application/json";

    /// <summary>The status for a key that is not right.</summary>
    public int BadKeyStatus { get; init; } = 401;

    /// <summary>Whether it answers without a key too.</summary>
    public bool KeyOptional { get; init; }

    /// <summary>The status for an account without credit.</summary>
    public int QuotaStatus { get; init; } = 429;

    /// <summary>Whether an error in a stream carries its status.</summary>
    public bool StatusCodeInStream { get; init; }

    /// <summary>The header that a key may come in beside the bearer's; empty: none.</summary>
    public string KeyHeader { get; init; } = "";

    /// <summary>Whether it answers in Google's own format too.</summary>
    public bool IsGoogle => Errors == ErrorShape.Google;

    /// <summary>Whether it answers as Bedrock does.</summary>
    public bool IsAmazon => Errors == ErrorShape.Amazon;

    public string CallPrefix => IsAnthropic ? "toolu_" : "call_";

    public string RequestIdHeader { get; init; } = "x-request-id";
}

/// <summary>What can be asked about an <c>input</c>.</summary>
internal enum InputWish
{
    Embeddings,
    Moderations,
}

internal enum ErrorShape
{
    OpenAi,
    OpenAiWithStatusAsCode,
    Anthropic,
    Google,
    Amazon,
    Detail,
    CodeAndText,
    IdAndMessage,
    Text,
}

internal enum RateHeaders
{
    None,
    GoDurations,
    WholeSeconds,
    WithoutReset,
    PerMinute,
    Short,
    Anthropic,
}
