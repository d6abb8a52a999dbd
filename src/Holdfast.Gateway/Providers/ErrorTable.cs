using Holdfast.Failover;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// What the errors of one dialect mean: the first row that covers an error, else its status alone
/// (<see cref="StatusOutcomes"/>). The tables are in <see cref="ErrorTables"/>.
/// </summary>
/// <param name="Dialect">Its name, for people.</param>
/// <param name="Rules">The rows, the first that fits counts.</param>
/// <param name="InBand">
/// The status that an error without one stands for, by its type or code: it came inside a 200 only because the head was
/// already gone.
/// </param>
internal sealed record ErrorTable(
    string Dialect, IReadOnlyList<ErrorRule> Rules, IReadOnlyList<(string Word, int Status)> InBand)
{
    /// <summary>The outcome of an error.</summary>
    /// <param name="status">Its status, or the one that it stands for.</param>
    /// <param name="type">Its type, if it names one.</param>
    /// <param name="code">Its code, if it names one.</param>
    /// <param name="message">Its message, if it has one.</param>
    /// <param name="providerType">For rows about a single provider type; null: none of those.</param>
    /// <param name="metadata">What its metadata tell that a row is about; null: nothing.</param>
    public Outcome OutcomeOf(int status, string? type, string? code, string? message, string? providerType = null,
        string? metadata = null)
    {
        foreach (var rule in Rules)
        {
            if ((rule.ProviderType is null || rule.ProviderType == providerType)
                && rule.Covers(status, type, code, message, metadata))
            {
                return rule.Outcome;
            }
        }

        return StatusOutcomes.For(status);
    }

    /// <summary>The status that a word inside a 200 stands for.</summary>
    /// <param name="word">The error's type or code.</param>
    /// <param name="otherwise">For a word that nobody knows.</param>
    public int StatusOf(string? word, int otherwise)
    {
        foreach (var (known, status) in InBand)
        {
            if (known == word)
            {
                return status;
            }
        }

        return otherwise;
    }
}
