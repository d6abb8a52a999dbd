namespace Holdfast.Cli;

/// <summary>
/// The gateway didn't do what was asked, or couldn't be asked; the message is one sentence that says why.
/// </summary>
internal sealed class RefusedException(string message) : Exception(message);
