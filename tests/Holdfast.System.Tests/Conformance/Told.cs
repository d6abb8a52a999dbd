using System.Text.Json;

namespace Holdfast.System.Tests.Conformance;

/// <summary>What one client was told: an answer, a refusal that names a field, or something that is wrong.</summary>
/// <param name="By">The client, and how it asked.</param>
/// <param name="Answer">Null where there was none.</param>
/// <param name="Status">The status of a refusal; 0 where there was none.</param>
/// <param name="Field">The field that a refusal names.</param>
/// <param name="Wrong">What broke, for people.</param>
internal sealed record Told(string By, Seen? Answer, int Status = 0, string? Field = null, string? Wrong = null)
{
    /// <summary>Whether the provider was sent the request without what was asked for.</summary>
    public bool IsLeftOut { get; init; }

    /// <summary>A good answer, with what of the feature the provider was sent.</summary>
    public static Told OfAnswer(string by, Seen answer, Feature feature, string sent)
    {
        var lost = feature.Carried.Where(one => !sent.Contains(one, StringComparison.Ordinal)).ToList();
        return lost.Count == 0 || feature.MayBeLeftOut
            ? new Told(by, answer) { IsLeftOut = lost.Count > 0 }
            : new Told(by, null, Wrong: $"the provider got no {string.Join(", ", lost)}: {sent}");
    }

    /// <summary>Whatever breaks on the way is told too, so that one broken call doesn't hide all others.</summary>
    public static async Task<Told> ByAsync(string by, Func<Task<Told>> ask)
    {
        try
        {
            return await ask();
        }
        // Whatever a caller's code would have to catch is what the run looks at.
        catch (Exception raised)
        {
            return new Told(by, null, Wrong: raised.Message);
        }
    }

    /// <summary>An error's body on either face.</summary>
    public static Told OfError(string by, int status, string body)
    {
        using var json = JsonDocument.Parse(body);
        var error = json.RootElement.GetProperty("error");
        return new Told(by, null, status,
            error.TryGetProperty("param", out var param) && param.ValueKind == JsonValueKind.String
                ? param.GetString() : FieldIn(error.GetProperty("message").GetString()!), body);
    }

    /// <summary>Anthropic's errors have no field of their own for it: <c>where: what</c>.</summary>
    public static string FieldIn(string message) => message.Split(':')[0];
}

/// <summary>A cell of the table.</summary>
/// <param name="Word">What stands in it.</param>
/// <param name="Problem">Why it cannot stand there; null where all is well.</param>
internal sealed record Cell(string Operation, string Feature, string Provider, string Word, string? Problem)
{
    public const string Yes = "yes";
    public const string LeftOut = "left out";
    public const string NotOffered = "–";

    /// <summary>What all clients together say about a feature.</summary>
    public static Cell Of(
        string operation, Feature feature, string provider, IReadOnlyList<Told> all, IEnumerable<string> more)
    {
        var problems = more.ToList();
        var word = "?";
        var first = all[0];
        if (all.All(one => one.Status == 501))
        {
            word = NotOffered;
        }
        else if (all.All(one => one.Status == 400 && feature.IsNamedBy(one.Field)))
        {
            word = $"no: `{first.Field}`";
        }
        else if (all.All(one => one.Answer is not null))
        {
            word = feature.CountsInStreams && all.Any(one => !HasCounts(one.Answer!)) ? NotOffered
                : first.IsLeftOut ? LeftOut : Yes;
            problems.AddRange(all.Where(one => !IsSame(one.Answer!, first.Answer!))
                .Select(one => $"{one.By} sees {one.Answer}, {first.By} {first.Answer}"));
            problems.AddRange(all.Select(one => Failure(feature, one)).OfType<string>());
        }
        else
        {
            problems.AddRange(all.Select(one => $"{one.By}: {one.Answer?.ToString() ?? one.Wrong}"));
        }

        return new Cell(operation, feature.Name, provider, word,
            problems.Count == 0 ? null : string.Join("\n", problems));
    }

    private static bool HasCounts(Seen seen) => seen is { Input: > 0, Output: > 0 };

    /// <summary>A stream without counts is all the same but for these.</summary>
    private static bool IsSame(Seen one, Seen other) => one == (HasCounts(one) ? other
        : other with { Input = one.Input, Output = one.Output });

    private static string? Failure(Feature feature, Told told)
    {
        try
        {
            feature.Check(told.Answer!);
            return null;
        }
        catch (Exception failed) when (failed is Xunit.Sdk.XunitException or JsonException
            or InvalidOperationException or KeyNotFoundException)
        {
            return $"{told.By}: {failed.Message} in {told.Answer}";
        }
    }
}
