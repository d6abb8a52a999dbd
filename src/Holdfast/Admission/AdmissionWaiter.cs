using System.Threading.Tasks.Sources;

namespace Holdfast.Admission;

/// <summary>One call that waits. Used again for another one when nobody can hold on to it any more.</summary>
internal sealed class AdmissionWaiter(AdmissionQueue queue) : IValueTaskSource<AdmissionResult>
{
    // Whoever leaves the queue must not run, under its lock, what comes after the wait of another.
    private ManualResetValueTaskSourceCore<AdmissionResult> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private bool _isRegistered;
    private int _endIndex;

    public AdmissionRequest Request { get; private set; }

    public long Since { get; private set; }

    public long Until { get; private set; }

    /// <summary>The calls of its key, and those next to it among them.</summary>
    public WaitingKey? Line { get; set; }

    public AdmissionWaiter? Before { get; set; }

    public AdmissionWaiter? After { get; set; }

    /// <summary>How many came before it.</summary>
    public long Number { get; set; }

    public bool IsWaiting { get; set; }

    public ValueTask<AdmissionResult> Task => new(this, _core.Version);

    public void Begin(in AdmissionRequest request, long since, long until)
    {
        Request = request;
        (Since, Until) = (since, until);
        IsWaiting = true;
    }

    /// <summary>To be called when it waits already and nobody has seen its task yet.</summary>
    public void Heed(CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled)
            return;
        _isRegistered = true;
        _registration = cancellation.UnsafeRegister(
            static state => ((AdmissionWaiter)state!).Cancelled(), this);
    }

    public void End(in AdmissionResult result) => _core.SetResult(result);

    public AdmissionResult GetResult(short token)
    {
        var result = _core.GetResult(token);
        // A callback that has begun may still come with the old call's news: then this one is not used again.
        var isFree = !_isRegistered || _registration.Unregister();
        _registration = default;
        _isRegistered = false;
        Request = default;
        if (isFree)
        {
            _core.Reset();
            queue.Recycle(this);
        }

        return result;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancelled() => queue.Cancel(this);

    /// <summary>The order in which they have waited long enough.</summary>
    internal readonly struct ByEnd : IHeapOrder<AdmissionWaiter>
    {
        public static bool IsBefore(AdmissionWaiter one, AdmissionWaiter other) => one.Until < other.Until;

        public static ref int Index(AdmissionWaiter item) => ref item._endIndex;
    }
}
