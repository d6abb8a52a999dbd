namespace Holdfast.Gateway.Validation;

/// <summary>The section <c>validate</c> of a model: what a good answer is.</summary>
internal sealed record ValidationOptions
{
    /// <summary>Characters that the text must have, white space around it not counted. Default 0: any number.</summary>
    public int MinLength { get; init; }

    /// <summary>Must match somewhere in the text. Null: none.</summary>
    public TextPattern? Pattern { get; init; }

    /// <summary>The text must be JSON that this describes. Null: none.</summary>
    public JsonSchema? Schema { get; init; }

    /// <summary>
    /// Streams are held back until they are whole and checked; otherwise they go through unchecked. Default true.
    /// </summary>
    public bool BuffersStreams { get; init; } = true;

    /// <summary>Answers with more bytes are bad ones. Default 8,000,000.</summary>
    public int MaxBytes { get; init; } = 8_000_000;

    /// <summary>Where checks wait whose cost only a timeout bounds. Default: those of the process.</summary>
    public CheckPlaces Places { get; init; } = CheckPlaces.OfProcess;
}
