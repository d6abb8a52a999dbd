using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// A call as the log has it: the same fields for a JSON line, which is written without an allocation, and for any other
/// logger, which reads them one by one. It is read at once and kept by nobody.
/// </summary>
internal readonly struct CallLine(CallRecord call) : IReadOnlyList<KeyValuePair<string, object?>>
{
    private const int TraceIdLength = 32;
    private const int TraceIdStart = 3;
    private const int UsualTrail = 256;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    // In the order of Value and Write.
    private static readonly string[] Names =
    [
        "RequestId", "TraceId", "Operation", "Model", "Route", "Stream", "Status", "Outcome", "Code", "Provider",
        "ProviderModel", "Attempts", "Retries", "Hedges", "Fallback", "Attempted", "DurationMs", "FirstTokenMs",
        "WaitedMs", "QueuedMs", "OverheadMs", "InputTokens", "OutputTokens", "CachedInputTokens", "ReasoningTokens",
        "Continuations", "Validation",
    ];

    private static readonly JsonEncodedText[] JsonNames =
        [.. Names.Select(name => JsonEncodedText.Encode(JsonNamingPolicy.CamelCase.ConvertName(name)))];

    // Lives as long as its thread.
    [ThreadStatic]
    private static PooledBuffer? _attempted;

    public int Count => Names.Length;

    public KeyValuePair<string, object?> this[int index] => new(Names[index], Value(index));

    /// <summary>The sentence for loggers that show one.</summary>
    public static string Format(CallLine line, Exception? exception)
    {
        var text = new StringBuilder("call");
        foreach (var (name, value) in line)
        {
            text.Append(CultureInfo.InvariantCulture,
                $" {JsonNamingPolicy.CamelCase.ConvertName(name)}={value ?? "(null)"}");
        }

        return text.ToString();
    }

    /// <summary>Writes the fields into an object that has been opened.</summary>
    public void Write(Utf8JsonWriter json)
    {
        var winner = call.Winner;
        json.WriteString(JsonNames[0], call.Request.Id);
        json.WriteString(JsonNames[1], TraceIdOf(call));
        json.WriteString(JsonNames[2], call.Request.Operation.Word());
        json.WriteString(JsonNames[3], HeaderText.Encode(call.Request.Model));
        json.WriteString(JsonNames[4], call.ModelLabel);
        json.WriteBoolean(JsonNames[5], call.Request.Stream);
        json.WriteNumber(JsonNames[6], call.HttpStatus);
        json.WriteString(JsonNames[7], call.Outcome.Word());
        json.WriteString(JsonNames[8], CallLog.Short(call.Error?.Code));
        json.WriteString(JsonNames[9], winner?.Provider);
        json.WriteString(JsonNames[10], winner is null ? null : HeaderText.Encode(winner.Model));
        json.WriteNumber(JsonNames[11], call.Sent);
        json.WriteNumber(JsonNames[12], call.Repeats);
        json.WriteNumber(JsonNames[13], call.Hedges);
        json.WriteBoolean(JsonNames[14], call.FellBack);
        var attempted = _attempted ??= new PooledBuffer(UsualTrail);
        attempted.Clear();
        AttemptedText.WriteWithTimes(call, attempted);
        json.WriteString(JsonNames[15], attempted.WrittenSpan);
        WriteTime(json, 16, call.Duration);
        WriteTime(json, 17, call.TimeToFirstToken);
        WriteTime(json, 18, call.Waited);
        WriteTime(json, 19, call.QueuedInAll);
        WriteTime(json, 20, call.Overhead);
        json.WriteNumber(JsonNames[21], call.Usage.Input);
        json.WriteNumber(JsonNames[22], call.Usage.Output);
        json.WriteNumber(JsonNames[23], call.Usage.CachedInput);
        json.WriteNumber(JsonNames[24], call.Usage.Reasoning);
        json.WriteNumber(JsonNames[25], call.Continuations);
        json.WriteString(JsonNames[26], Invalid(call));
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static void WriteTime(Utf8JsonWriter json, int field, TimeSpan? time)
    {
        if (time is { } known)
        {
            json.WriteNumber(JsonNames[field], Milliseconds(known));
        }
        else
        {
            json.WriteNull(JsonNames[field]);
        }
    }

    /// <summary>Tenths of a microsecond are all that a clock gives.</summary>
    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 4);

    /// <summary>
    /// The trace's id: the span's, or what the caller's <c>traceparent</c> says; without one, the id that the answer
    /// carries, so that a line can always be found by one.
    /// </summary>
    private static ReadOnlySpan<char> TraceIdOf(CallRecord call)
    {
        if (call.Span is { } span)
        {
            return span.TraceId.ToHexString();
        }

        var parent = call.Request.Headers.TraceParent.AsSpan();
        if (parent.Length <= TraceIdStart + TraceIdLength || parent[TraceIdStart - 1] != '-'
            || parent[TraceIdStart + TraceIdLength] != '-')
        {
            return call.Request.Id;
        }

        var id = parent.Slice(TraceIdStart, TraceIdLength);
        return id.ContainsAnyExcept(LowerHex) || !id.ContainsAnyExcept('0') ? call.Request.Id : id;
    }

    /// <summary>The first answer that its route did not call a good one, and why; no word of the answer.</summary>
    private static string? Invalid(CallRecord call)
    {
        var attempts = call.Attempts;
        for (var i = 0; i < attempts.Count; i++)
        {
            if (attempts[i].Validation is { } failure)
            {
                return $"{HeaderText.Encode(attempts[i].Provider)}/{HeaderText.Encode(attempts[i].Model)}: {failure}";
            }
        }

        return null;
    }

    private object? Value(int index) => index switch
    {
        0 => call.Request.Id,
        1 => TraceIdOf(call).ToString(),
        2 => call.Request.Operation.Word(),
        3 => HeaderText.Encode(call.Request.Model),
        4 => call.ModelLabel,
        5 => call.Request.Stream,
        6 => call.HttpStatus,
        7 => call.Outcome.Word(),
        8 => CallLog.Short(call.Error?.Code),
        9 => call.Winner?.Provider,
        10 => call.Winner is { } winner ? HeaderText.Encode(winner.Model) : null,
        11 => call.Sent,
        12 => call.Repeats,
        13 => call.Hedges,
        14 => call.FellBack,
        15 => AttemptedText.WithTimes(call),
        16 => Milliseconds(call.Duration),
        17 => call.TimeToFirstToken is { } firstToken ? Milliseconds(firstToken) : null,
        18 => Milliseconds(call.Waited),
        19 => call.QueuedInAll is { } queued ? Milliseconds(queued) : null,
        20 => call.Overhead is { } overhead ? Milliseconds(overhead) : null,
        21 => call.Usage.Input,
        22 => call.Usage.Output,
        23 => call.Usage.CachedInput,
        24 => call.Usage.Reasoning,
        25 => call.Continuations,
        26 => Invalid(call),
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, null),
    };
}
