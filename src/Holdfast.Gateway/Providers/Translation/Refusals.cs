namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// What becomes of a wish that a provider cannot fulfil. An option is refused by name, or left out where the
/// provider is set to do so; content that cannot be carried is always refused, because an answer to half a question
/// is worse than none.
/// </summary>
/// <param name="Provider">The provider's name as people write it.</param>
/// <param name="Drop"><see cref="ProviderOptions.DropUnsupported"/></param>
internal readonly record struct Refusals(string Provider, bool Drop)
{
    private const int LongestName = 200;

    /// <summary>The provider has no counterpart for an option.</summary>
    /// <exception cref="UnsupportedFieldException">Unless such options are left out.</exception>
    public void Option(string field) => Option(field, $"{Provider} has no counterpart for it");

    /// <summary>The provider cannot do what an option asks.</summary>
    /// <exception cref="UnsupportedFieldException">Unless such options are left out.</exception>
    public void Option(string field, string reason)
    {
        if (!Drop)
        {
            throw Unsupported(field, reason);
        }
    }

    /// <summary>For content that cannot be carried.</summary>
    public static UnsupportedFieldException Unsupported(string field, string reason) =>
        Refused(field, reason, FieldCodes.Unsupported);

    /// <summary>For what is not shaped as the caller's API says.</summary>
    public static UnsupportedFieldException Invalid(string field, string reason) =>
        Refused(field, reason, FieldCodes.Invalid);

    /// <summary>For a request that is deeper than is read, or of more values.</summary>
    public static UnsupportedFieldException TooLarge() =>
        Invalid("body", "it must be a JSON object of moderate depth and size");

    /// <summary>For what has to be there and isn't.</summary>
    public static UnsupportedFieldException Missing(string field) =>
        Refused(field, "it is missing", FieldCodes.Missing);

    private static UnsupportedFieldException Refused(string field, string reason, string code)
    {
        var named = Bounded(field);
        return new UnsupportedFieldException(named, $"{named}: {reason}.", code);
    }

    // A name may be as long as the whole body, and stands in an error twice.
    private static string Bounded(string field) =>
        field.Length <= LongestName ? field
        : field[..(char.IsHighSurrogate(field[LongestName - 1]) ? LongestName - 1 : LongestName)] + "…";
}
