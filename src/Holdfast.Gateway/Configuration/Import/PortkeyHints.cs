using Hints = System.Collections.Generic.Dictionary<string, Holdfast.Gateway.Configuration.Import.DropHint>;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>What is known of Portkey's keys that have no counterpart: what they do, and what to do instead.</summary>
internal static class PortkeyHints
{
    private static readonly DropHint Check = new("checks prompts or answers, which is not there");
    private static readonly DropHint Credential =
        new("is a sign-in of a cloud, which is not there", "give the provider an API key or an access token as apiKey");

    public static readonly Hints None = [];

    public static readonly Hints Parameters = new()
    {
        ["temperature"] = new("overrides what callers send", "callers send it themselves"),
    };

    public static readonly Hints Strategy = new()
    {
        ["sticky_session"] = new("keeps a caller at one target, which is not there"),
    };

    public static readonly Hints Target = new()
    {
        ["weight"] = new("is a weight outside of a loadbalance"),
        ["forward_headers"] = new("passes callers' headers on", "only listed headers pass"),
        ["input_guardrails"] = Check,
        ["output_guardrails"] = Check,
        ["before_request_hooks"] = Check,
        ["after_request_hooks"] = Check,
        ["default_input_guardrails"] = Check,
        ["default_output_guardrails"] = Check,
        ["aws_access_key_id"] = Credential,
        ["aws_secret_access_key"] = Credential,
        ["aws_session_token"] = Credential,
        ["vertex_service_account_json"] = Credential,
        ["prompt_id"] = new("names a prompt at Portkey", "prompts are kept in the gateway's store"),
        ["strict_open_ai_compliance"] = new("is about fields beyond OpenAI's format"),
        ["cache"] = new("is a cache of one target", "there is one cache for all, see cache"),
        ["metadata"] = new("goes into Portkey's log"),
        ["cb_config"] = new("is a circuit breaker of Portkey's", "set circuitBreaker at the provider or in defaults"),
    };
}
