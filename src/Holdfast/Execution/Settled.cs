using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Execution;

/// <summary>How one operation of <see cref="BatchExecutor.AllSettledAsync"/> ended.</summary>
/// <typeparam name="T">What it makes.</typeparam>
public readonly record struct Settled<T>
{
    private readonly T? _value;

    internal Settled(T value) => _value = value;

    internal Settled(Exception exception) => Exception = exception;

    /// <summary>Whether it succeeded.</summary>
    [MemberNotNullWhen(false, nameof(Exception))]
    public bool IsSuccess => Exception is null;

    /// <summary>What it made.</summary>
    /// <exception cref="InvalidOperationException">It failed; the cause is what it threw.</exception>
    public T Value => IsSuccess
        ? _value!
        : throw new InvalidOperationException("a failed operation has no value", Exception);

    /// <summary>What it threw; null when it succeeded.</summary>
    public Exception? Exception { get; }
}
