using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Holdfast.Simulator.Scenarios;

/// <summary>Writes a behaviour so that <see cref="BehaviourReader"/> reads the same again.</summary>
internal static class BehaviourWriter
{
    public static string Write(Behaviour behaviour)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, behaviour);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static void Write(Utf8JsonWriter json, Behaviour behaviour)
    {
        json.WriteStartObject();
        if (behaviour.Seed is { } seed)
        {
            json.WriteNumber("seed", seed);
        }

        WriteLatency(json, behaviour.FirstToken);
        json.WriteNumber("tokensPerSecond", behaviour.TokensPerSecond);
        WriteCounts(json, "outputTokens", behaviour.OutputTokens);
        json.WriteBoolean("splitUtf8", behaviour.SplitUtf8);
        json.WriteBoolean("comments", behaviour.Comments);
        json.WriteNumber("repeatedWords", behaviour.RepeatedWords);
        WriteLimits(json, behaviour.Limits);
        json.WriteStartObject("failures");
        foreach (var failure in behaviour.Failures)
        {
            WriteFailure(json, failure);
        }

        json.WriteEndObject();
        json.WriteStartArray("outages");
        foreach (var outage in behaviour.Outages)
        {
            json.WriteStartObject();
            json.WriteNumber("from", outage.From.TotalMilliseconds);
            if (outage.To != TimeSpan.MaxValue)
            {
                json.WriteNumber("to", outage.To.TotalMilliseconds);
            }

            json.WriteString("mode", outage.Mode.ToString().ToLowerInvariant());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLimits(Utf8JsonWriter json, RateLimits? limits)
    {
        if (limits is null)
        {
            return;
        }

        json.WriteStartObject("limits");
        if (limits.Requests is { } requests)
        {
            json.WriteNumber("requests", requests);
        }

        if (limits.Tokens is { } tokens)
        {
            json.WriteNumber("tokens", tokens);
        }

        json.WriteNumber("period", limits.Period.TotalMilliseconds);
        json.WriteString("fill", limits.Fill.ToString().ToLowerInvariant());
        json.WriteEndObject();
    }

    private static void WriteFailure(Utf8JsonWriter json, Failure failure)
    {
        json.WriteStartObject(failure.Name);
        json.WriteNumber("share", failure.Share);
        switch (failure.Kind)
        {
            case FailureKind.Status:
                WriteDelay(json, failure);
                break;
            case FailureKind.CutAfter:
                WriteCounts(json, "chunks", failure.Chunks);
                json.WriteString("how", failure.How.ToString().ToLowerInvariant());
                break;
            case FailureKind.StallAfter or FailureKind.BadChunk:
                WriteCounts(json, "chunks", failure.Chunks);
                break;
            case FailureKind.ErrorMidStream:
                WriteCounts(json, "chunks", failure.Chunks);
                json.WriteNumber("status", failure.Status);
                break;
            case FailureKind.ErrorIn200:
                json.WriteNumber("status", failure.Status);
                break;
            case FailureKind.PingsOnly:
                json.WriteNumber("intervalMs", failure.Interval.TotalMilliseconds);
                break;
            case FailureKind.Slow:
                WriteLatency(json, failure.FirstToken);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteDelay(Utf8JsonWriter json, Failure failure)
    {
        if (failure.RetryAfter is { } delay)
        {
            var (key, value) = failure.RetryAfterForm switch
            {
                RetryAfterForm.Milliseconds => ("retryAfterMs", delay.TotalMilliseconds),
                RetryAfterForm.Date => ("retryAfterDate", delay.TotalSeconds),
                _ => ("retryAfter", delay.TotalSeconds),
            };
            json.WriteNumber(key, value);
        }

        if (failure.ShouldRetry is { } should)
        {
            json.WriteBoolean("shouldRetry", should);
        }
    }

    private static void WriteLatency(Utf8JsonWriter json, LatencyRange latency)
    {
        json.WriteStartObject("firstTokenMs");
        json.WriteNumber("p50", latency.P50Ms);
        json.WriteNumber("p99", latency.P99Ms);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string key, CountRange range)
    {
        json.WriteStartObject(key);
        json.WriteNumber("min", range.Min);
        json.WriteNumber("max", range.Max);
        json.WriteEndObject();
    }
}
