using Hints = System.Collections.Generic.Dictionary<string, Holdfast.Gateway.Configuration.Import.DropHint>;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>What is known of LiteLLM's keys that have no counterpart: what they do, and what to do instead.</summary>
internal static class LiteLlmHints
{
    private const string NoParameters = "callers send it themselves";
    private const string CloudLogin = "give the provider an API key or an access token as apiKey";

    private static readonly DropHint Parameter = new("is a parameter that is added to every call", NoParameters);
    private static readonly DropHint Credential = new("is a sign-in of a cloud, which is not there", CloudLogin);
    private static readonly DropHint Price = new("is a price", "prices come from a table; see costs.priceFile");
    private static readonly DropHint Teams = new("is about users and keys", "keys are made at the gateway itself");
    private static readonly DropHint Alerting = new("is about alerts", "set alerts.webhookUrl");

    public static readonly Hints Root = new()
    {
        ["include"] = new("names other files", "import each of them"),
        ["credential_list"] = new("holds credentials by name", "write each as a provider's apiKey"),
        ["guardrails"] = new("checks prompts and answers, which is not there"),
        ["callback_settings"] = new("sets up callbacks, and there are none here"),
        ["mcp_servers"] = new("lists servers of tools, which is not there"),
        ["vector_store_registry"] = new("lists vector stores, which is not there"),
        ["prompts"] = new("holds prompts", "prompts are kept in the gateway's store"),
    };

    public static readonly Hints Deployment = [];

    public static readonly Hints Alias = new()
    {
        ["hidden"] = new("hides the alias from the list of models, and all of them are listed here"),
    };

    public static readonly Hints ModelInfo = new()
    {
        ["id"] = new("is the deployment's id", "here it is provider/model"),
        ["mode"] = new("says which endpoint the model is for", "here the caller's path says it"),
        ["input_cost_per_token"] = Price,
        ["output_cost_per_token"] = Price,
        ["base_model"] = new("says which model it is, for its price"),
        ["max_tokens"] = new("describes the model only"),
        ["max_input_tokens"] = new("describes the model only"),
        ["max_output_tokens"] = new("describes the model only"),
        ["access_groups"] = Teams,
    };

    public static readonly Hints Parameters = new()
    {
        ["temperature"] = Parameter,
        ["top_p"] = Parameter,
        ["max_tokens"] = new("is a parameter that is added to every call",
            "callers send it themselves; for type anthropic there is defaultMaxTokens"),
        ["max_completion_tokens"] = Parameter,
        ["frequency_penalty"] = Parameter,
        ["presence_penalty"] = Parameter,
        ["stop"] = Parameter,
        ["seed"] = Parameter,
        ["extra_body"] = Parameter,
        ["thinking"] = Parameter,
        ["reasoning_effort"] = Parameter,
        ["api_version"] = new("belongs to Azure only"),
        ["litellm_credential_name"] = new("names a credential", "set the provider's apiKey"),
        ["aws_access_key_id"] = Credential,
        ["aws_secret_access_key"] = Credential,
        ["aws_session_token"] = Credential,
        ["aws_role_name"] = Credential,
        ["aws_profile_name"] = Credential,
        ["vertex_credentials"] = Credential,
        ["azure_ad_token"] = Credential,
        ["tenant_id"] = Credential,
        ["client_id"] = Credential,
        ["client_secret"] = Credential,
        ["input_cost_per_token"] = Price,
        ["output_cost_per_token"] = Price,
        ["tags"] = new("chooses deployments by tag, which is not there", "give each tag a model of its own"),
        ["cooldown_time"] = new("is how long this deployment rests",
            "set circuitBreaker.recoveryTimeout of its provider"),
        ["mock_response"] = new("is an answer for tests", "holdfast simulator stands in for providers"),
        ["max_budget"] = new("limits what the deployment may cost"),
        ["use_in_pass_through"] = new("is about paths that are passed through, which is not there"),
    };

    public static readonly Hints Library = new()
    {
        ["context_window_fallbacks"] = new(
            "falls back when a prompt is too long, and a caller's error ends a call here",
            "send long prompts to a model of their own"),
        ["content_policy_fallbacks"] = new(
            "falls back when a filter strikes, and a filtered answer counts as one here"),
        ["json_logs"] = new("chooses the log's form"),
        ["request_timeout"] = new("is the limit of a request"),
        ["modify_params"] = new("lets calls be changed to fit", "see dropUnsupported"),
        ["cache_responses"] = new("is about the cache", "see cache"),
        ["max_budget"] = Teams,
        ["budget_duration"] = Teams,
        ["default_team_settings"] = Teams,
        ["key_generation_settings"] = Teams,
        ["allowed_fails_policy"] = new("counts failures by their kind, and there is one count here"),
        ["redact_user_api_key_info"] = new("is so here anyway: keys are never logged"),
        ["langfuse_default_tags"] = new("is about callbacks, and there are none here"),
    };

    public static readonly Hints Router = new()
    {
        ["context_window_fallbacks"] = Library["context_window_fallbacks"],
        ["content_policy_fallbacks"] = Library["content_policy_fallbacks"],
        ["allowed_fails_policy"] = Library["allowed_fails_policy"],
        ["retry_policy"] = new("counts retries by the kind of failure",
            "retry.retryableErrors names the outcomes that are tried again"),
        ["model_group_retry_policy"] = new("counts retries by the kind of failure",
            "retry.retryableErrors of a model names the outcomes that are tried again"),
        ["enable_pre_call_checks"] = new("checks the length of prompts beforehand, which is not there"),
        ["routing_strategy_args"] = new("tunes the strategy, and ours has no such setting"),
        ["enable_tag_filtering"] = new("chooses deployments by tag, which is not there",
            "give each tag a model of its own"),
        ["default_litellm_params"] = Parameter,
        ["debug_level"] = new("is the level of the log", "set logging.level"),
        ["set_verbose"] = new("is the level of the log", "set logging.level"),
        ["client_ttl"] = new("is about connections, which are kept as long as they serve"),
        ["provider_budget_config"] = new("limits what a provider may cost"),
        ["cache_responses"] = Library["cache_responses"],
        ["redis_url"] = new("is a Redis"),
    };

    public static readonly Hints Cache = new()
    {
        ["mode"] = new("makes callers ask for the cache",
            "callers who want none send x-holdfast-cache: no-store"),
        ["namespace"] = new("is the prefix of the cache's keys, which is fixed here"),
        ["supported_call_types"] = new("chooses which calls are kept"),
        ["max_connections"] = new("is about connections to Redis"),
        ["similarity_threshold"] = new("finds similar prompts, and only exact repeats are found here"),
        ["s3_aws_secret_access_key"] = Credential,
    };

    public static readonly Hints General = new()
    {
        ["alerting"] = Alerting,
        ["alerting_threshold"] = Alerting,
        ["alerting_args"] = Alerting,
        ["alert_types"] = Alerting,
        ["alert_to_webhook_url"] = Alerting,
        ["store_model_in_db"] = new("keeps models in the database", "models are in the configuration file only"),
        ["store_prompts_in_spend_logs"] = new("keeps prompts", "see logging.content"),
        ["database_connection_pool_limit"] = new("is about connections to the database",
            "write it into the connection string"),
        ["database_connection_timeout"] = new("is about connections to the database",
            "write it into the connection string"),
        ["allow_requests_on_db_unavailable"] = new("is so here anyway: calls are served while the database is away"),
        ["completion_model"] = new("is the model of calls that name none", "every call must name its model"),
        ["custom_auth"] = Teams,
        ["enable_jwt_auth"] = Teams,
        ["litellm_jwtauth"] = Teams,
        ["allowed_ips"] = new("lets only some addresses call", "a firewall or a proxy in front does"),
        ["pass_through_endpoints"] = new("passes paths through, which is not there"),
        ["forward_client_headers_to_llm_api"] = new("passes callers' headers on",
            "only listed headers pass; a provider's headers adds fixed ones"),
        ["proxy_batch_write_at"] = new("is how often spending is written"),
        ["disable_spend_logs"] = new("turns the ledger of costs off"),
        ["ui_access_mode"] = new("is about the dashboard", "it wants the admin key"),
        ["litellm_license"] = new("is a licence of LiteLLM"),
        ["key_management_system"] = new("takes secrets from a store",
            "set the environment variables from that store at the start"),
    };
}
