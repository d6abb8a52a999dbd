namespace Holdfast.Gateway.Configuration;

/// <summary>
/// A piece of the file, or of what environment variables lay over it: variables put in, aliases followed, sizes
/// bounded.
/// </summary>
/// <param name="Line">Where it starts, from 1; <see cref="InEnvironment"/> when it isn't in the file.</param>
/// <param name="Size">Nodes in it with every alias counted as the copy it stands for.</param>
internal abstract record ConfigurationNode(int Line, int Size)
{
    /// <summary>The line of what no file holds.</summary>
    public const int InEnvironment = -1;

    /// <summary>The word for messages.</summary>
    public abstract string Kind { get; }

    /// <summary>Variables that lay themselves over keys in it; null: none.</summary>
    public VariableOverrides? Overrides { get; init; }
}

/// <summary>A single value.</summary>
/// <param name="Line">Where it starts.</param>
/// <param name="Text">With environment variables put in.</param>
/// <param name="IsNull">Written as nothing, <c>~</c> or <c>null</c>: as good as not written.</param>
/// <param name="IsHidden">
/// No message may show it: it stands below a secret's key, or some of it came from the environment. It is a mark of
/// the value, not of its place, so an alias carries it along.
/// </param>
/// <param name="IsBroken">An error about it was reported already.</param>
internal sealed record ScalarNode(int Line, string Text, bool IsNull, bool IsHidden, bool IsBroken)
    : ConfigurationNode(Line, 1)
{
    /// <summary>Written without quotes: where types matter it may be a number, true or false.</summary>
    public bool IsPlain { get; init; }

    /// <summary>The variable whose value this is, in place of what the file says; null: it is the file's.</summary>
    public string? Variable { get; init; }

    /// <summary>The variables whose values were put into what the file says.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    public override string Kind => "single value";
}

/// <summary>A list.</summary>
internal sealed record SequenceNode(int Line, int Size, IReadOnlyList<ConfigurationNode> Items)
    : ConfigurationNode(Line, Size)
{
    public override string Kind => "list";
}

/// <summary>Keys and their values, in the order of the file.</summary>
internal sealed record MappingNode(int Line, int Size, IReadOnlyList<MappingEntry> Entries)
    : ConfigurationNode(Line, Size)
{
    private readonly Dictionary<string, MappingEntry> _byKey =
        Entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);

    public override string Kind => "mapping";

    public MappingEntry? Find(string key) => _byKey.GetValueOrDefault(key);

    // The same node, not the same content: two equal sections are two places.
    public bool Equals(MappingNode? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>A key, the line it is on, and its value.</summary>
internal sealed record MappingEntry(string Key, int Line, ConfigurationNode Value);
