namespace Holdfast.Gateway.Providers;

/// <summary>
/// Whether a provider goes on with a last message of the assistant's as if it had written it itself. Where it doesn't,
/// or nobody knows, it is asked in words.
/// </summary>
internal enum Prefill
{
    /// <summary>It takes the message for an older one and begins anew, or refuses it.</summary>
    Never,

    /// <summary>Anthropic's models do up to Claude 4.5, unless they think first; later ones refuse it.</summary>
    Claude,

    /// <summary>Every model does.</summary>
    Trailing,

    /// <summary>With <c>"prefix": true</c> in the message; the answer repeats the whole message first.</summary>
    Marked,

    /// <summary>The same mark, only below a base URL that ends in <c>/beta</c>; nothing is repeated.</summary>
    MarkedInBeta,
}
