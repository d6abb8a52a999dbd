namespace Holdfast.Execution;

/// <summary>How many operations of a batch run at once, and for how long all of it may run.</summary>
public sealed record BatchOptions
{
    private const int MostAtOnce = 1_000_000;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Operations that run at once. 1 to 1,000,000. Default 10.</summary>
    public int MaxConcurrency { get; init; } = 10;

    /// <summary>
    /// From the start of the batch to its end, over all its operations. More than 0, up to 1 day. Default 15 minutes.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (MaxConcurrency is < 1 or > MostAtOnce)
            yield return $"maxConcurrency: {MaxConcurrency}: 1 to {MostAtOnce}";
        if (Timeout <= TimeSpan.Zero || Timeout > Longest)
            yield return $"timeout: {Timeout}: more than 0, up to 1 day";
    }

    internal static BatchOptions Checked(BatchOptions? options)
    {
        options ??= new BatchOptions();
        var problems = string.Join("; ", options.Problems());
        return problems.Length == 0 ? options : throw new ArgumentException(problems, nameof(options));
    }
}
