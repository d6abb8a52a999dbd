using System.Text.Json;

namespace Holdfast.System.Tests.Faults;

/// <summary>Another gateway that runs already, and how it is configured; see docs/faults.md.</summary>
/// <param name="Url">Where it answers.</param>
/// <param name="Listen">The port on which it expects the failing provider; the good one is on the next.</param>
/// <param name="Key">What callers sign in with.</param>
/// <param name="Pause">Milliseconds that it needs to itself after each call.</param>
/// <param name="Models">
/// By <c>face/what the failing provider speaks</c>, and <c>/pair</c> or <c>/alone</c>: the name of the route's model.
/// </param>
internal sealed record FaultPeer(
    Uri Url, int Listen, string Key, int Pause, IReadOnlyDictionary<string, string> Models)
{
    /// <summary>Null: no other gateway is meant.</summary>
    public static readonly FaultPeer? Given = Read(
        Environment.GetEnvironmentVariable("HOLDFAST_FAULTS_URL"),
        Environment.GetEnvironmentVariable("HOLDFAST_FAULTS_CONFIG"));

    /// <summary>How long it is left alone after a call: a delay that the provider asked for may be kept.</summary>
    public TimeSpan RestAfter(FaultRun run)
    {
        var own = TimeSpan.FromMilliseconds(Pause);
        // Where the provider names no delay, four seconds are as much as it asks for elsewhere.
        var asked = TimeSpan.FromSeconds(run.Case.RetryAfter is { } delay ? Math.Min(delay.Most, 4) : 0);
        return asked > own ? asked : own;
    }

    /// <summary>Null: it isn't configured for this.</summary>
    public string? ModelOf(FaultRun run)
    {
        var special = run.Case.IsRefused ? "refused-" : run.Case.HasTwoKeys ? "two-keys-"
            : run.Case.KeepsAway ? "long-" : "";
        // Where both fail, the good one is kept away as well.
        var layout = run.Layout == FaultLayout.Alone ? "alone"
            : run.Layout == FaultLayout.Down && run.Case.KeepsAway ? "down" : "pair";
        return Models.GetValueOrDefault($"{run.Face.Name}/{run.Voice.Type}/{special}{layout}");
    }

    private static FaultPeer? Read(string? url, string? file)
    {
        if (string.IsNullOrEmpty(url))
        {
            return null;
        }

        using var document = JsonDocument.Parse(File.ReadAllText(file
            ?? throw new InvalidOperationException("HOLDFAST_FAULTS_CONFIG names no file")));
        var root = document.RootElement;
        return new FaultPeer(new Uri(url), root.GetProperty("listen").GetInt32(),
            root.TryGetProperty("key", out var key) ? key.GetString()! : "a-key",
            root.TryGetProperty("pauseMs", out var pause) ? pause.GetInt32() : 0,
            root.GetProperty("models").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString()!));
    }
}
