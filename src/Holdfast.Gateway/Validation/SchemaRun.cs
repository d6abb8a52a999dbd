using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Validation;

/// <summary>
/// One check of one text: how far it has come, what it may still cost, and why it failed. However a schema and an
/// answer conspire, it ends.
/// </summary>
internal sealed class SchemaRun(TimeProvider time)
{
    /// <summary>How long a whole check may take, all its patterns together.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private const int MostSteps = 1_000_000;
    private const int Deepest = 500;

    private readonly long _started = time.GetTimestamp();
    private readonly List<string> _path = [];
    private int _steps;
    private int _depth;
    private int _silent;

    /// <summary>Where and why; null while nothing failed.</summary>
    public string? Failure { get; private set; }

    /// <summary>The check was given up: nothing that comes after it can make the answer good.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Says why, unless a branch is being tried whose failure is none. Always false.</summary>
    public bool Fail(string message)
    {
        if (_silent == 0 && !IsOver)
        {
            Failure = _path.Count == 0 ? message : $"{string.Concat(_path).TrimStart('.')}: {message}";
        }

        return false;
    }

    /// <summary>Ends the whole check. Always false.</summary>
    public bool GiveUp(string message)
    {
        if (!IsOver)
        {
            Failure = message;
            IsOver = true;
        }

        return false;
    }

    /// <summary>Goes one schema deeper; false when that is too deep, or the check has cost too much.</summary>
    public bool Enter() => ++_depth <= Deepest ? Step() : GiveUp("nested too deeply to be checked");

    public void Leave() => _depth--;

    /// <summary>Pays for a bit of work.</summary>
    public bool Step()
    {
        if (IsOver)
        {
            return false;
        }

        return ++_steps > MostSteps || (_steps % 256 == 0 && IsLate)
            ? GiveUp("it took too long to check")
            : true;
    }

    /// <summary>Whether the pattern matches; an overlong match ends the check.</summary>
    public bool IsMatch(TextPattern pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text) && (!IsLate || GiveUp("it took too long to check"));
        }
        catch (RegexMatchTimeoutException)
        {
            return GiveUp($"a pattern did not end within {TextPattern.Timeout.TotalMilliseconds} ms");
        }
    }

    /// <summary>Checks a part of the value. The name of a part that the schema doesn't name is not shown.</summary>
    public bool Within(string part, SchemaNode schema, in System.Text.Json.JsonElement value)
    {
        _path.Add(part);
        var isGood = schema.IsGood(value, this);
        _path.RemoveAt(_path.Count - 1);
        return isGood;
    }

    /// <summary>Tries a branch: that it fails says nothing yet.</summary>
    public bool Try(SchemaNode schema, in System.Text.Json.JsonElement value)
    {
        _silent++;
        var isGood = schema.IsGood(value, this);
        _silent--;
        return isGood;
    }

    private bool IsLate => time.GetElapsedTime(_started) > Longest;
}
