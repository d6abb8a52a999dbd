namespace Holdfast.Timeouts;

/// <summary>
/// Holds one attempt to its limits and cancels <see cref="Token"/> when one strikes. A plain call is bounded by the
/// attempt's limit as a whole; a stream by it and by the first-token limit until its first token, from then on by idle
/// time and throughput; both by the deadline of the call, always.
/// <para>
/// One timer serves all limits: it fires, looks how much is left, and is set again. A token costs one reading of the
/// clock and no allocation. <see cref="FirstToken"/>, <see cref="TokenArrived"/>, <see cref="Pause"/> and
/// <see cref="Resume"/> are for the one reader of the answer; the timer may fire and anybody may dispose meanwhile.
/// </para>
/// <para>
/// What is behind a plain call's clock serves the next one once it is disposed of, unless it was cancelled. A copy is
/// the same clock; one that has been disposed of does nothing, however often it is disposed of.
/// <c>default(AttemptClock)</c> has no limits.
/// </para>
/// </summary>
public readonly struct AttemptClock : IDisposable
{
    private readonly Clockwork? _work;
    private readonly long _use;

    /// <summary>Starts the clock.</summary>
    /// <param name="time">The source of time.</param>
    /// <param name="options">The limits.</param>
    /// <param name="streaming">Whether the answer is a stream.</param>
    /// <param name="call">The deadline of the call; one that has passed strikes at once.</param>
    /// <param name="caller">The caller's token: when it is cancelled, so is <see cref="Token"/>.</param>
    /// <param name="lendToken">
    /// Whether <see cref="Token"/> is only lent: when the clock of a plain call is disposed of uncancelled, what was
    /// registered on its token is dropped and a later clock gets the same one. It saves the last allocation of an
    /// attempt, for attempts that leave nothing behind that looks at the token: no lazy sequence, no work in the
    /// background. Default false: no other clock ever cancels it.
    /// </param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public AttemptClock(TimeProvider time, TimeoutOptions options, bool streaming, Deadline call,
        CancellationToken caller, bool lendToken = false)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(options);
        _work = Clockwork.Start(time, options, streaming, call, caller, lendToken, out _use, out var token);
        Token = token;
    }

    /// <summary>
    /// Cancelled when a limit strikes or the caller's token is cancelled. Usable after disposal, unless it was lent.
    /// </summary>
    public CancellationToken Token { get; }

    /// <summary>The limit that struck. None: nothing was cancelled, or the caller did it.</summary>
    public TimeoutKind Struck => _work?.StruckIn(_use) ?? TimeoutKind.None;

    /// <summary>
    /// Says that a stream's first token is here: the attempt's and the first-token limit end, idle time and throughput
    /// begin. Ignored for a plain call and the second time.
    /// </summary>
    public void FirstToken() => _work?.FirstToken();

    /// <summary>
    /// Says that a token arrived. Allocates nothing and sets no timer. Ignored for a plain call.
    /// </summary>
    /// <param name="characters">Its length, for the throughput.</param>
    public void TokenArrived(int characters) => _work?.TokenArrived(characters);

    /// <summary>
    /// Stops idle time and throughput, because from here we wait for the caller, not for the provider. The deadline of
    /// the call runs on. Ignored when paused, and for a plain call.
    /// </summary>
    public void Pause() => _work?.Pause();

    /// <summary>Lets idle time and throughput go on. Ignored when not paused.</summary>
    public void Resume() => _work?.Resume();

    /// <summary>Stops the clock. Nothing strikes afterwards.</summary>
    public void Dispose() => _work?.Stop(_use);
}
