namespace Holdfast.Simulator.Providers;

/// <summary>What tells one provider from another that speaks the same dialect.</summary>
internal sealed record Flavour(string Name, ErrorShape Errors, RateHeaders Rates, string[] Models)
{
    public bool IsAnthropic => Errors == ErrorShape.Anthropic;

    public string Dialect => IsAnthropic ? "anthropic" : "openai";

    /// <summary>Whether a good stream ends with <c>[DONE]</c>.</summary>
    public bool SendsDone { get; init; } = true;

    public string ErrorContentType { get; init; } = "application/json";

    /// <summary>The status for a key that is not right.</summary>
    public int BadKeyStatus { get; init; } = 401;

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
