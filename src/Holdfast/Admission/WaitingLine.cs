using System.Runtime.InteropServices;

namespace Holdfast.Admission;

/// <summary>
/// Those who wait, in the order in which they will be let in: the urgent before the others, within one priority the
/// keys in turns, and the calls of one key as they came. Not thread-safe.
/// </summary>
internal sealed class WaitingLine
{
    private readonly WaitingLevel?[] _levels = new WaitingLevel?[AdmissionPriority.Levels];
    private readonly IndexedHeap<AdmissionWaiter, AdmissionWaiter.ByEnd> _ends = new();
    private readonly LineReserve _reserve = new();
    private long _numbers;

    public int Count => _ends.Count;

    /// <summary>The one whose wait ends first.</summary>
    public AdmissionWaiter? FirstToEnd => _ends.First;

    public void Add(AdmissionWaiter waiter)
    {
        waiter.Number = ++_numbers;
        (_levels[waiter.Request.Priority] ??= new WaitingLevel()).Add(waiter);
        _ends.Add(waiter);
        _reserve.Add(waiter.Request.Priority, waiter.Since);
    }

    /// <summary>Whether there is no room for a call of this priority, with what is kept for the more urgent.</summary>
    public bool IsFullFor(int priority, int size, long now) =>
        Count + _reserve.For(priority, now) >= size;

    /// <summary>Takes one out: it is let in, or its wait has ended otherwise.</summary>
    public void Remove(AdmissionWaiter waiter, bool isLetIn)
    {
        _levels[waiter.Request.Priority]!.Remove(waiter, isLetIn);
        _ends.Remove(waiter);
        _reserve.Remove(waiter.Request.Priority);
        if (Count == 0)
            _reserve.Clear();
        waiter.IsWaiting = false;
    }

    /// <summary>The next to be let in, of this priority or a more urgent one.</summary>
    public AdmissionWaiter? First(int leastUrgent)
    {
        if (Count == 0)
            return null;
        for (var i = 0; i <= leastUrgent; i++)
        {
            if (_levels[i]?.First is { } first)
                return first;
        }

        return null;
    }

    /// <summary>How many wait that a call of this priority finds before it.</summary>
    /// <param name="priority">The priority.</param>
    /// <param name="tokens">What they cost together.</param>
    public int Ahead(int priority, out double tokens)
    {
        tokens = 0;
        if (Count == 0)
            return 0;
        var ahead = 0;
        for (var i = 0; i <= priority; i++)
        {
            if (_levels[i] is not { } level)
                continue;
            ahead += level.Count;
            tokens += (double)level.Tokens;
        }

        return ahead;
    }

    /// <summary>
    /// The one that is given up first, if it is less urgent than this priority: the latest call of the key that has
    /// most of them waiting.
    /// </summary>
    public AdmissionWaiter? LastBehind(int priority)
    {
        for (var i = AdmissionPriority.Lowest; i > priority; i--)
        {
            if (_levels[i]?.Last is { } last)
                return last;
        }

        return null;
    }

    /// <summary>
    /// A call took longer or shorter than the average: the next turn of its key comes later or sooner.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="averages">How many average calls it was; one has been counted.</param>
    public void Took(in RunningCall call, double averages) => _levels[call.Priority]?.Took(call.Key, averages - 1);
}

/// <summary>
/// Those of one priority who wait. Each key has a turn; it is moved on when one of its calls is let in, and begins
/// where the line stands when it has had none waiting (start-time fair queueing). A key with a thousand calls waiting
/// so gives way to one with a single call, and one that is always back at once gets no more than its turn.
/// </summary>
internal sealed class WaitingLevel
{
    // Keys that are remembered for their turns. More are forgotten, if none of their calls waits.
    private const int MostKeys = 4096;

    // A call of an hour must not keep its key away for a day.
    private const double MostAverages = 8;

    private readonly Dictionary<string, WaitingKey> _keys = new(StringComparer.Ordinal);
    private readonly IndexedHeap<WaitingKey, WaitingKey.ByTurn> _turns = new();
    private readonly IndexedHeap<WaitingKey, WaitingKey.ByCount> _crowds = new();
    private double _stands;
    private int _forgetAt = MostKeys;

    public int Count { get; private set; }

    // Wide enough for any number of calls of any cost: what leaves must take off just what it added.
    public Int128 Tokens { get; private set; }

    public AdmissionWaiter? First => _turns.First?.First;

    public AdmissionWaiter? Last => _crowds.First?.Last;

    public void Add(AdmissionWaiter waiter)
    {
        if (_keys.Count >= _forgetAt)
            Forget();
        ref var key = ref CollectionsMarshal.GetValueRefOrAddDefault(_keys, waiter.Request.Key ?? "", out _);
        key ??= new WaitingKey();
        if (key.Count > 0)
            _crowds.Remove(key);
        key.Add(waiter);
        _crowds.Add(key);
        Count++;
        Tokens += waiter.Request.Tokens;
        if (key.Count > 1)
            return;
        key.Turn = Math.Max(key.Turn, _stands);
        _turns.Add(key);
    }

    public void Remove(AdmissionWaiter waiter, bool isLetIn)
    {
        var key = waiter.Line!;
        _turns.Remove(key);
        _crowds.Remove(key);
        key.Remove(waiter);
        Count--;
        Tokens -= waiter.Request.Tokens;
        if (isLetIn)
        {
            _stands = Math.Max(_stands, key.Turn);
            key.Turn++;
        }

        if (key.Count == 0)
            return;
        _turns.Add(key);
        _crowds.Add(key);
    }

    public void Took(string? name, double averages)
    {
        if (!_keys.TryGetValue(name ?? "", out var key))
            return;
        if (key.Count > 0)
            _turns.Remove(key);
        key.Turn += Math.Clamp(averages, -1, MostAverages);
        if (key.Count > 0)
            _turns.Add(key);
    }

    private void Forget()
    {
        foreach (var (name, key) in _keys)
        {
            if (key.Count == 0 && key.Turn <= _stands)
                _keys.Remove(name);
        }

        if (_keys.Count >= MostKeys)
        {
            foreach (var (name, key) in _keys)
            {
                if (key.Count == 0)
                    _keys.Remove(name);
            }
        }

        // Those whose calls wait stay: not to be looked through again for each one more.
        _forgetAt = Math.Max(MostKeys, 2 * _keys.Count);
    }
}

/// <summary>The calls of one key that wait, as they came.</summary>
internal sealed class WaitingKey
{
    private int _turnIndex;
    private int _crowdIndex;

    public double Turn { get; set; }

    public int Count { get; private set; }

    public AdmissionWaiter? First { get; private set; }

    public AdmissionWaiter? Last { get; private set; }

    public void Add(AdmissionWaiter waiter)
    {
        (waiter.Line, waiter.Before, waiter.After) = (this, Last, null);
        if (Last is null)
            First = waiter;
        else
            Last.After = waiter;
        Last = waiter;
        Count++;
    }

    public void Remove(AdmissionWaiter waiter)
    {
        if (waiter.Before is null)
            First = waiter.After;
        else
            waiter.Before.After = waiter.After;
        if (waiter.After is null)
            Last = waiter.Before;
        else
            waiter.After.Before = waiter.Before;
        (waiter.Line, waiter.Before, waiter.After) = (null, null, null);
        Count--;
    }

    /// <summary>Whose turn it is; of two, whose call came first.</summary>
    internal readonly struct ByTurn : IHeapOrder<WaitingKey>
    {
        public static bool IsBefore(WaitingKey one, WaitingKey other) =>
            one.Turn < other.Turn || (one.Turn == other.Turn && one.First!.Number < other.First!.Number);

        public static ref int Index(WaitingKey item) => ref item._turnIndex;
    }

    /// <summary>Who has the most of them; of two, whose latest call came last.</summary>
    internal readonly struct ByCount : IHeapOrder<WaitingKey>
    {
        public static bool IsBefore(WaitingKey one, WaitingKey other) =>
            one.Count > other.Count || (one.Count == other.Count && one.Last!.Number > other.Last!.Number);

        public static ref int Index(WaitingKey item) => ref item._crowdIndex;
    }
}
