namespace Holdfast.DependencyInjection;

/// <summary>Finds what somebody probably meant.</summary>
internal static class NearestName
{
    /// <summary>The name that differs in the fewest letters; null when none is near enough to be meant.</summary>
    public static string? Find(string written, IEnumerable<string> names)
    {
        var nearest = names.Select(name => (Name: name, Distance: Distance(written, name)))
            .OrderBy(one => one.Distance).FirstOrDefault();
        if (nearest.Name is null)
            return null;
        return nearest.Distance <= Math.Max(1, Math.Min(written.Length, nearest.Name.Length) / 3)
            ? nearest.Name
            : null;
    }

    /// <summary>Letters to insert, delete, replace or swap with their neighbour.</summary>
    private static int Distance(string one, string other)
    {
        (one, other) = (one.ToUpperInvariant(), other.ToUpperInvariant());
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
