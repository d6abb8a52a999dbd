namespace Holdfast.Gateway.Configuration;

/// <summary>Finds what somebody probably meant.</summary>
internal static class NearestName
{
    // Longer texts are no slips of a known name, and comparing them takes time.
    private const int Longest = 64;
    private const int MostNames = 200;

    /// <summary>The nearest of the names, or null when none is near enough to be what was meant.</summary>
    public static string? Find(string written, IEnumerable<string> names)
    {
        if (written.Length is 0 or > Longest)
            return null;
        string? nearest = null;
        var least = int.MaxValue;
        var wanted = Fold(written);
        foreach (var name in names.Where(name => name.Length <= Longest).Take(MostNames))
        {
            var distance = Distance(wanted, Fold(name));
            if (distance < least)
                (nearest, least) = (name, distance);
        }

        return nearest is not null && least <= Math.Max(1, Math.Min(written.Length, nearest.Length) / 3)
            ? nearest
            : null;
    }

    /// <summary>Case and separators are what people get wrong first; they cost nothing.</summary>
    private static string Fold(string name) =>
        name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Letters to insert, delete, replace or swap with their neighbour.</summary>
    private static int Distance(string one, string other)
    {
        var beforeLast = new int[other.Length + 1];
        var last = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var current = new int[other.Length + 1];
            current[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var replaced = last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(last[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                    current[j] = Math.Min(current[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last) = (last, current);
        }

        return last[other.Length];
    }
}
