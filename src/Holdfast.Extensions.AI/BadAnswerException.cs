namespace Holdfast.Extensions.AI;

/// <summary>An answer that is none: it came without an exception, and is a failure all the same.</summary>
internal sealed class BadAnswerException(string message) : Exception(message);
