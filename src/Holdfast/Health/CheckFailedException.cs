namespace Holdfast.Health;

/// <summary>Thrown by a check that knows why a model doesn't work, and may say so.</summary>
public sealed class CheckFailedException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="reason">Why, in a few words. It is shown as the model's last error: never a secret.</param>
    public CheckFailedException(string reason)
        : base(reason)
    {
    }

    /// <summary>Makes one with what caused it, which is not shown.</summary>
    /// <param name="reason">Why, in a few words.</param>
    /// <param name="innerException">What caused it.</param>
    public CheckFailedException(string reason, Exception? innerException)
        : base(reason, innerException)
    {
    }

    /// <summary>Makes one that says nothing of the cause.</summary>
    public CheckFailedException()
        : base("the check failed")
    {
    }
}
