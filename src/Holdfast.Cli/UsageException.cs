namespace Holdfast.Cli;

/// <summary>
/// What the user asked for cannot be done as asked; the message is one sentence that says what to change.
/// </summary>
internal sealed class UsageException(string message) : Exception(message);
