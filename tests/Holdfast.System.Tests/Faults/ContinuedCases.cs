namespace Holdfast.System.Tests.Faults;

/// <summary>
/// However a stream breaks, another target goes on with it where its route says so: the caller's text is the one that
/// a single target would have told.
/// </summary>
internal static class ContinuedCases
{
    /// <summary>Every break that is one in whatever format the provider speaks; large ones only take longer.</summary>
    public static IEnumerable<FaultCase> All() => StreamCases.All()
        .Where(one => one is { Ending: FaultEnding.Cut, Voice: null, Face: null }
            && !one.Name.Contains("64 MiB", StringComparison.Ordinal))
        .Select(one => one with
        {
            Name = $"{one.Name}, gone on with", Ending = FaultEnding.GoneOn, Continues = true,
        });
}
