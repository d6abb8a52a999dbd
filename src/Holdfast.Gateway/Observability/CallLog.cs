using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// One structured line for every call: who answered, what was tried, how long it took. Never prompts, answers, keys,
/// or a provider's own words.
/// </summary>
internal sealed class CallLog(ILogger<CallLog> logger) : ICallObserver
{
    internal static readonly EventId EventId = new(10, "Called");

    private const int LongestCode = 64;

    public void OnCompleted(CallRecord call)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            logger.Log(LogLevel.Information, EventId, new CallLine(call), null, CallLine.Format);
        }
    }

    /// <summary>
    /// A passed-on error's code is the provider's word: as much of it as a code needs, and printable.
    /// </summary>
    internal static string? Short(string? code) =>
        code is null ? null : HeaderText.Encode(code.Length > LongestCode ? code[..LongestCode] : code);
}
