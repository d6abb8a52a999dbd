namespace Holdfast.Gateway.Configuration.Import;

/// <summary>What became of a piece of the source that didn't simply map.</summary>
internal enum ImportNoteKind
{
    /// <summary>It has no counterpart and is not in the result.</summary>
    Dropped,

    /// <summary>It is in the result and means something slightly else there.</summary>
    Changed,

    /// <summary>A secret: the result names an environment variable, which somebody must set.</summary>
    Secret,
}

/// <summary>One line of the report.</summary>
/// <param name="Line">In the source, from 1; 0 when it belongs to no line.</param>
/// <param name="Place">The path of keys in the source.</param>
/// <param name="Kind">What became of it.</param>
/// <param name="What">What it is, never a secret's value.</param>
/// <param name="Instead">What to do; null when there is nothing.</param>
internal sealed record ImportNote(int Line, string Place, ImportNoteKind Kind, string What, string? Instead)
{
    /// <summary>The word of the kind in reports.</summary>
    public string Word => Kind.ToString().ToLowerInvariant();

    /// <summary>What it is, and what to do.</summary>
    public string Text => Instead is null ? What : $"{What}; {Instead}";

    public override string ToString() => Place.Length > 0 ? $"{Place}: {Word}: {Text}" : $"{Word}: {Text}";
}

/// <summary>
/// Collects what an import could not simply map, and the environment variables that its result needs.
/// </summary>
internal sealed class ImportReport
{
    private readonly List<ImportNote> _notes = [];
    private readonly HashSet<ImportNote> _seen = [];
    private readonly HashSet<string> _places = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _variables = new(StringComparer.Ordinal);

    /// <summary>By line.</summary>
    public IReadOnlyList<ImportNote> Notes => [.. _notes.OrderBy(note => note.Line)];

    /// <summary>
    /// The variables that must be set, each with a value of the right form, which serves to check the result.
    /// </summary>
    public IReadOnlyDictionary<string, string> Variables => _variables;

    /// <summary>Whether anything was said of a place.</summary>
    public bool Has(string place) => _places.Contains(place);

    public void Drop(int line, string place, string what, string? instead = null) =>
        Add(new ImportNote(line, place, ImportNoteKind.Dropped, what, instead));

    public void Change(int line, string place, string what, string? instead = null) =>
        Add(new ImportNote(line, place, ImportNoteKind.Changed, what, instead));

    public void Secret(int line, string place, string what, string instead) =>
        Add(new ImportNote(line, place, ImportNoteKind.Secret, what, instead));

    /// <summary>The result needs a variable.</summary>
    public void Needs(string variable, string sample) => _variables.TryAdd(variable, sample);

    private void Add(ImportNote note)
    {
        if (!_seen.Add(note))
            return;
        _notes.Add(note);
        _places.Add(note.Place);
    }
}
