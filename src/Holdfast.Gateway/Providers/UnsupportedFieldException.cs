namespace Holdfast.Gateway.Providers;

/// <summary>
/// A field of the request goes nowhere: a provider cannot do what it asks and it may not be dropped, or it is not what
/// the caller's own API says. Either way another target may be asked, since those of OpenAI's format judge themselves.
/// </summary>
/// <param name="field">The field as the caller wrote it.</param>
/// <param name="message">For the caller; begins with the field.</param>
/// <param name="code">What the caller's program reads: one of <see cref="FieldCodes"/>.</param>
internal sealed class UnsupportedFieldException(string field, string message, string code = FieldCodes.Unsupported)
    : Exception(message)
{
    /// <summary>The field as the caller wrote it, for instance <c>messages[2].content[0].type</c>.</summary>
    public string Field { get; } = field;

    public string Code { get; } = code;

    /// <summary>The same of a field that the caller's dialect calls by another name.</summary>
    public UnsupportedFieldException Named(string name) =>
        name == Field || !Message.StartsWith(Field, StringComparison.Ordinal)
            ? this
            : new UnsupportedFieldException(name, name + Message[Field.Length..], Code);
}

/// <summary>The codes of what is wrong with a field.</summary>
internal static class FieldCodes
{
    /// <summary>The provider cannot do it.</summary>
    public const string Unsupported = "unsupported_value";

    /// <summary>It has a type or a value that the caller's API doesn't have there.</summary>
    public const string Invalid = "invalid_value";

    /// <summary>It isn't there.</summary>
    public const string Missing = "missing_field";
}
