using Holdfast.Failover;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// What every dialect's errors mean where the status alone would say too little: all of it is here, and
/// <c>docs/error-classification.md</c> is made from it. Each row has a case in <c>ErrorTablesTests</c>.
/// </summary>
internal static class ErrorTables
{
    /// <summary>OpenAI's, and that of all who imitate it.</summary>
    public static readonly ErrorTable OpenAi = new("OpenAI",
    [
        new(400, 429, Outcome.Quota) { Code = Is("insufficient_quota", "billing_hard_limit_reached") },
        new(400, 429, Outcome.Quota) { Type = Is("insufficient_quota") },
        new(400, 499, Outcome.Auth) { Code = Is("invalid_api_key") },
        // A model that the key's project may not use says nothing about the key, and any caller can name one.
        new(400, 403, Outcome.NotFound) { Code = Is("model_not_found") },
        new(400, 400, Outcome.Auth) { Message = Begins("Incorrect API key provided"), ProviderType = "xai" },
        new(403, 429, Outcome.Quota)
        {
            Message = Holds("used all available credits", "have any credits"), ProviderType = "xai",
        },
        new(400, 400, Outcome.Auth)
        {
            Message = Begins("API key not valid", "API key not found", "API key expired"), ProviderType = "gemini",
        },
        // A prompt that its moderation stopped says nothing about the key, and any caller can send one.
        new(403, 403, Outcome.CallerError) { Metadata = Is("flagged_input", "reasons"), ProviderType = "openrouter" },
    ], []);

    /// <summary>
    /// OpenAI's Responses, whose errors stand inside a 200. Of its codes half are about the caller's images; none but
    /// these says anything.
    /// </summary>
    public static readonly ErrorTable Responses = new("OpenAI Responses",
    [
        new(429, 429, Outcome.Quota) { Code = Is("insufficient_quota") },
        new(429, 429, Outcome.Quota) { Type = Is("insufficient_quota") },
        new(200, 200, Outcome.CallerError) { Code = Holds("image") },
    ],
    [
        ("rate_limit_exceeded", 429), ("insufficient_quota", 429), ("server_error", 500), ("invalid_prompt", 400),
        ("bio_policy", 400), ("data_residency_mismatch", 400), ("invalid_request_error", 400),
    ]);

    public static readonly ErrorTable Anthropic = new("Anthropic",
    [
        new(400, 400, Outcome.Quota) { Message = Holds("credit balance is too low") },
        new(429, 429, Outcome.Quota) { Code = Is("enforced_spend_limit_reached") },
        new(400, 499, Outcome.Quota) { Type = Is("billing_error") },
        new(400, 400, Outcome.Auth) { Type = Is("authentication_error") },
    ],
    [
        ("invalid_request_error", 400), ("authentication_error", 401), ("billing_error", 402),
        ("permission_error", 403), ("not_found_error", 404), ("request_too_large", 413), ("rate_limit_error", 429),
        ("api_error", 500), ("timeout_error", 504), ("overloaded_error", 529),
    ]);

    /// <summary>
    /// Google's. Its code is the reason in the details. What reads like a quota end is mostly the limit of a minute:
    /// only the ends of money are quota ends.
    /// </summary>
    public static readonly ErrorTable Gemini = new("Gemini",
    [
        new(400, 400, Outcome.Auth) { Code = Is("API_KEY_INVALID") },
        // A key whose project may not ask from here, or has no billing: another key may.
        new(400, 400, Outcome.Auth) { Type = Is("FAILED_PRECONDITION") },
        new(400, 400, Outcome.Auth)
        {
            Message = Begins("API key not valid", "API key not found", "API key expired"), ProviderType = "gemini",
        },
        new(429, 429, Outcome.Quota) { Message = Holds("prepayment credits", "spending cap") },
    ], []);

    public static readonly ErrorTable Bedrock = new("Bedrock",
    [
        new(400, 499, Outcome.Auth)
        {
            Type = Is("UnrecognizedClientException", "InvalidSignatureException", "IncompleteSignatureException",
                "IncompleteSignature", "InvalidClientTokenId", "MissingAuthenticationTokenException",
                "ExpiredTokenException", "AccessDeniedException"),
        },
        new(400, 499, Outcome.Quota) { Type = Is("ServiceQuotaExceededException") },
        // Some of its services say it with 400.
        new(400, 499, Outcome.RateLimited) { Type = Is("ThrottlingException") },
        // What the service says of a model that it doesn't have, or doesn't have in this way.
        new(400, 400, Outcome.NotFound)
        {
            Message = Holds("The provided model identifier is invalid", "on-demand throughput isn",
                "This model version has reached"),
        },
    ],
    [
        ("ThrottlingException", 429), ("ModelNotReadyException", 429), ("ValidationException", 400),
        ("AccessDeniedException", 403), ("ResourceNotFoundException", 404), ("ModelTimeoutException", 408),
        ("ModelStreamErrorException", 424), ("ModelErrorException", 424), ("InternalServerException", 500),
        ("ServiceUnavailableException", 503),
    ]);

    public static readonly ErrorTable Cohere = new("Cohere",
    [
        // A trial key's calls of a month are used up; those of a minute come back.
        new(429, 429, Outcome.Quota) { Message = Holds("/ month") },
        new(498, 498, Outcome.Auth),
        new(499, 499, Outcome.ServerError),
    ], []);

    public static readonly ErrorTable Ollama = new("Ollama",
    [
        // Its cloud has limits for hours and weeks; they are an account's, not a moment's.
        new(429, 429, Outcome.Quota) { Message = Holds("usage limit") },
    ], []);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ErrorTable> All { get; } =
        [OpenAi, Responses, Anthropic, Gemini, Bedrock, Cohere, Ollama];

    private static TextMatch Is(params string[] texts) => new(TextMatchKind.Is, texts);

    private static TextMatch Begins(params string[] texts) => new(TextMatchKind.Begins, texts);

    private static TextMatch Holds(params string[] texts) => new(TextMatchKind.Holds, texts);
}
