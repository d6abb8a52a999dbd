namespace Holdfast.Gateway.Providers;

/// <summary>A provider cannot do what a field of the request asks, and the field may not be dropped.</summary>
internal sealed class UnsupportedFieldException(string field, string message) : Exception(message)
{
    /// <summary>The field as the caller wrote it, for instance <c>messages[2].content[0].type</c>.</summary>
    public string Field { get; } = field;

    /// <summary>The same of a field that the caller's dialect calls by another name.</summary>
    public UnsupportedFieldException Named(string name) =>
        name == Field || !Message.StartsWith(Field, StringComparison.Ordinal)
            ? this
            : new UnsupportedFieldException(name, name + Message[Field.Length..]);
}
