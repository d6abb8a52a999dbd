namespace Holdfast.Gateway.Calls;

/// <summary>
/// Why a call has no answer, before any dialect: a row of the table of statuses in docs/errors.md. A face writes it
/// in its own shape.
/// </summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Type">OpenAI's <c>error.type</c>.</param>
/// <param name="Code"><c>error.code</c>.</param>
/// <param name="Message">For people: where, what, what is allowed.</param>
internal sealed record CallError(int Status, string Type, string? Code, string Message)
{
    /// <summary>The field that is wrong.</summary>
    public string? Param { get; init; }

    /// <summary>When it may work again; a face rounds it to 1 to 60 whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// The value of <c>retry-after</c>: clients give up above a minute, and a zero would make them hammer.
    /// </summary>
    public string? RetryAfterSeconds =>
        RetryAfter is { } delay ? $"{(int)Math.Clamp(Math.Ceiling(delay.TotalSeconds), 1, 60)}" : null;

    /// <summary>
    /// Says <c>x-should-retry: false</c>: every 501 to 504 of ours, and a 429 after repeats of the gateway's own.
    /// </summary>
    public bool DoNotRetry { get; init; } = Status is >= 501 and <= 504;

    public static CallError Invalid(string code, string message, string? param = null) =>
        new(400, "invalid_request_error", code, message) { Param = param };

    /// <summary>Nobody reads it; the status is for the log.</summary>
    public static CallError CallerLeft => new(499, "cancelled", "cancelled", "the caller left");

    public static CallError TooLate => new(504, "timeout_error", "deadline_exceeded",
        "the call's deadline passed before a target had answered");

    /// <summary>No target of the model can be asked for such a thing.</summary>
    public static CallError NotOffered(Operation operation, string model) =>
        new(501, "invalid_request_error", "unsupported_operation",
            $"model: no target of '{HeaderText.Encode(model)}' offers {operation.Word()}")
        {
            Param = "model",
        };

    /// <summary>The call's priority is closed for a while.</summary>
    public static CallError Emergency => new(503, "service_unavailable", "emergency",
        "the gateway is in an emergency and takes urgent calls only (x-holdfast-priority)")
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };

    /// <summary>More is asked than may run and wait.</summary>
    /// <param name="message">What is full.</param>
    /// <param name="retryAfter">By the estimate; zero when nobody knows.</param>
    public static CallError QueueFull(string message, TimeSpan retryAfter) =>
        new(429, "rate_limit_error", "queue_full", message) { RetryAfter = retryAfter };
}
