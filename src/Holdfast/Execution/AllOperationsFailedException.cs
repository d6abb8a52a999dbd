namespace Holdfast.Execution;

/// <summary>
/// None of the operations of <see cref="BatchExecutor.AnyAsync"/> succeeded.
/// <see cref="AggregateException.InnerExceptions"/> holds what each threw, in the order of the operations.
/// </summary>
public sealed class AllOperationsFailedException : AggregateException
{
    /// <summary>Makes one.</summary>
    /// <param name="failures">What each operation threw, in the order of the operations.</param>
    /// <exception cref="ArgumentNullException">The list is null.</exception>
    /// <exception cref="ArgumentException">It holds a null.</exception>
    public AllOperationsFailedException(IEnumerable<Exception> failures)
        : base("every operation failed", failures)
    {
    }
}
