namespace Holdfast.Gateway.Providers.Translation;

/// <summary>What a piece of an answer is.</summary>
internal enum AnswerPart
{
    /// <summary>Nothing yet.</summary>
    None,
    Text,

    /// <summary>What the model thinks before it answers.</summary>
    Thought,

    /// <summary>Why it won't answer.</summary>
    Refusal,

    /// <summary>A call of a tool.</summary>
    Call,
}
