namespace Holdfast.Simulator.Providers;

/// <summary>An error answer before it takes a provider's shape.</summary>
internal sealed record Problem(int Status, string Type, string? Code, string Message, string? Param = null)
{
    public TimeSpan? RetryAfter { get; init; }

    public RetryAfterForm RetryAfterForm { get; init; }

    public bool? ShouldRetry { get; init; }

    /// <summary>What Anthropic tells a spend limit by, and Google a bad key.</summary>
    public string? DetailCode { get; init; }

    public static Problem Missing(string field) => new(400, "invalid_request_error", "missing_required_parameter",
        $"Missing required parameter: '{field}'.", field);

    public static Problem Invalid(string field, string allowed) => new(400, "invalid_request_error", "invalid_value",
        $"Invalid value for '{field}': {allowed}.", field);

    public static Problem NoSuchModel(Flavour flavour, string model) => flavour.IsAnthropic
        ? new Problem(404, "not_found_error", null, $"model: {model}")
        : flavour.IsAmazon
        ? new Problem(400, "ValidationException", null, "The provided model identifier is invalid.")
        : new Problem(404, "invalid_request_error", "model_not_found",
            $"The model `{model}` is unknown, or this key may not use it.", "model");

    public static Problem BadKey(Flavour flavour) =>
        flavour.IsAnthropic
            ? new Problem(401, "authentication_error", null, "invalid x-api-key")
            : new Problem(flavour.BadKeyStatus, "invalid_request_error", "invalid_api_key",
                flavour.Errors == ErrorShape.Google
                    ? "API key not valid. Pass a valid API key."
                    : "Incorrect API key provided. Check the key in your account's settings.")
            {
                DetailCode = flavour.Errors == ErrorShape.Google ? "API_KEY_INVALID" : null,
            };

    public static Problem NoKey(Flavour flavour) =>
        flavour.IsAnthropic
            ? new Problem(401, "authentication_error", null, "x-api-key header is required")
            : flavour.IsAmazon
            ? new Problem(403, "MissingAuthenticationTokenException", null, "Missing Authentication Token")
            : new Problem(401, "invalid_request_error", null,
                "No API key was sent. Send it as a bearer token in the authorization header.");

    /// <summary>An account without credit, as the provider says it.</summary>
    public static Problem Quota(Flavour flavour) =>
        flavour.IsAnthropic
            ? new Problem(429, "rate_limit_error", null, "This organization has reached its spend limit.")
            {
                DetailCode = "enforced_spend_limit_reached",
            }
            : new Problem(flavour.QuotaStatus, "insufficient_quota", "insufficient_quota",
                "The quota of this account is used up. Check plan and billing.");

    public static Problem CreditTooLow { get; } = new(400, "invalid_request_error", null,
        "Your credit balance is too low to use this API. Add credits under plans and billing.");

    public static Problem RateLimited(Flavour flavour) => Of(flavour, 429) with
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    /// <summary>The usual error of a status.</summary>
    public static Problem Of(Flavour flavour, int status)
    {
        var (type, code, message) = flavour.IsAnthropic ? Anthropic(status) : OpenAi(status);
        return new Problem(status, type, code, message);
    }

    private static (string Type, string? Code, string Message) Anthropic(int status) => status switch
    {
        401 => ("authentication_error", null, "invalid x-api-key"),
        402 => ("billing_error", null, "There is a problem with billing or payment."),
        403 => ("permission_error", null, "This key has no permission for the resource."),
        404 => ("not_found_error", null, "The resource was not found."),
        413 => ("request_too_large", null, "The request exceeds the largest size allowed."),
        429 => ("rate_limit_error", null, "This request would exceed the rate limit of the organization."),
        504 => ("timeout_error", null, "The request took too long."),
        529 => ("overloaded_error", null, "Overloaded"),
        >= 500 => ("api_error", null, "Internal server error"),
        _ => ("invalid_request_error", null, $"The request was refused with status {status}."),
    };

    private static (string Type, string? Code, string Message) OpenAi(int status) => status switch
    {
        401 => ("invalid_request_error", "invalid_api_key", "The API key is not valid."),
        402 => ("insufficient_quota", "insufficient_quota", "Insufficient balance."),
        403 => ("permission_error", "permission_denied", "This key has no permission for the resource."),
        404 => ("invalid_request_error", "model_not_found", "The model is unknown."),
        408 => ("timeout_error", "request_timeout", "The request took too long."),
        409 => ("conflict_error", "conflict", "The request conflicts with another one."),
        424 => ("dependency_error", "failed_dependency", "The model could not process the request."),
        429 => ("requests", "rate_limit_exceeded", "The rate limit is reached. Try again later."),
        503 => ("service_unavailable", null, "The engine is overloaded. Try again later."),
        >= 500 => ("server_error", null, "The server had an error while processing the request."),
        _ => ("invalid_request_error", null, $"The request was refused with status {status}."),
    };
}
