using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Holdfast.Failover;

namespace Holdfast.Gateway.Calls;

/// <summary>The trail of a call in one line, for people and for headers.</summary>
internal static class AttemptedText
{
    /// <summary>Longer trails are cut; the number of attempts tells that something is missing.</summary>
    private const int MostAttempts = 50;

    private const int LongestNumber = 64;

    /// <summary>As in the header: <c>openai/gpt-4o:timeout,anthropic/claude-sonnet-4-5:ok</c>.</summary>
    public static string Of(CallRecord call) => call.Attempts is [var only]
        ? $"{HeaderText.Encode(only.Provider)}/{HeaderText.Encode(only.Model)}:{only.Outcome.Word()}"
        : Join(call);

    /// <summary>As in the log, with what each took: <c>openai/gpt-4o:timeout(1000.2ms)</c>.</summary>
    public static string WithTimes(CallRecord call)
    {
        using var text = new PooledBuffer(128);
        WriteWithTimes(call, text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>The same as UTF-8, without an allocation where the names are plain.</summary>
    public static void WriteWithTimes(CallRecord call, PooledBuffer output)
    {
        var attempts = call.Attempts;
        for (var i = 0; i < attempts.Count && i < MostAttempts; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            WriteWithTime(attempts[i], output);
        }
    }

    private static void WriteWithTime(AttemptRecord attempt, PooledBuffer output)
    {
        // What is encoded is ASCII.
        Write(HeaderText.Encode(attempt.Provider), output);
        output.Write("/"u8);
        Write(HeaderText.Encode(attempt.Model), output);
        output.Write(":"u8);
        Write(attempt.Outcome.Word(), output);
        if (attempt.WasSent)
        {
            output.Write("("u8);
            Utf8Formatter.TryFormat(attempt.Duration.TotalMilliseconds, output.GetSpan(LongestNumber), out var written,
                new StandardFormat('F', 1));
            output.Advance(written);
            output.Write("ms)"u8);
        }
    }

    private static void Write(string text, PooledBuffer output) =>
        output.Advance(Encoding.ASCII.GetBytes(text, output.GetSpan(text.Length)));

    private static string Join(CallRecord call)
    {
        var text = new StringBuilder();
        foreach (var attempt in call.Attempts.Take(MostAttempts))
        {
            text.Append(text.Length == 0 ? "" : ",")
                .Append(HeaderText.Encode(attempt.Provider)).Append('/').Append(HeaderText.Encode(attempt.Model))
                .Append(':').Append(attempt.Outcome.Word());
        }

        return text.ToString();
    }
}
