using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// Brings lines to a stream in the background, many at once. Whoever writes never waits for the stream: what it cannot
/// take in time is dropped and counted, and a line says how many.
/// </summary>
/// <remarks>
/// Lines gather for some milliseconds, because waking the background for each costs more than the line. Urgent ones
/// are brought at once.
/// </remarks>
internal sealed class LineWriter : IDisposable
{
    /// <summary>Some thousand lines.</summary>
    public const int DefaultCapacity = 4 * 1024 * 1024;

    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly AutoResetEvent _some = new(initialState: false);
    private readonly AutoResetEvent _urgent = new(initialState: false);
    private readonly Stream _output;
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private readonly Thread _thread;
    private PooledBuffer _pending = new();
    private long _dropped;
    private long _told;
    private bool _isEnding;

    /// <param name="output">Where the lines go; nobody else writes there. It stays open.</param>
    /// <param name="time">For the line that tells of dropped ones.</param>
    /// <param name="capacity">Bytes that may wait. Default 4 MiB.</param>
    public LineWriter(Stream output, TimeProvider time, int capacity = DefaultCapacity)
    {
        _output = output;
        _time = time;
        _capacity = capacity;
        _thread = new Thread(Run) { IsBackground = true, Name = "log" };
        _thread.Start();
        // An end that disposes nothing must not lose the last lines: they are what one looks for.
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        AppDomain.CurrentDomain.UnhandledException += OnProcessExit;
    }

    /// <summary>Lines that were lost since the start.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Takes a whole line, its end included. Never blocks on the stream.</summary>
    public void Write(ReadOnlySpan<byte> line, bool isUrgent = false)
    {
        bool isFirst;
        lock (_lock)
        {
            if (_isEnding || _pending.Length + line.Length > _capacity)
            {
                _dropped++;
                return;
            }

            isFirst = _pending.Length == 0;
            _pending.Write(line);
        }

        if (isUrgent)
        {
            _urgent.Set();
        }

        if (isFirst)
        {
            _some.Set();
        }
    }

    /// <summary>Brings what waits, for a bounded time; lines that come later are dropped.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        AppDomain.CurrentDomain.UnhandledException -= OnProcessExit;
        lock (_lock)
        {
            _isEnding = true;
        }

        _urgent.Set();
        _some.Set();
        _thread.Join(Patience);
    }

    private void OnProcessExit(object? sender, EventArgs arguments) => Dispose();

    private void Run()
    {
        var taken = new PooledBuffer();
        var isEnding = false;
        while (!isEnding)
        {
            _some.WaitOne();
            _urgent.WaitOne(Gathering);
            lock (_lock)
            {
                (taken, _pending) = (_pending, taken);
                isEnding = _isEnding;
                NoteDroppedUnderLock(taken);
            }

            try
            {
                _output.Write(taken.WrittenSpan);
                _output.Flush();
            }
            catch (IOException)
            {
                // Nobody reads any more, and there is no other place to say so.
            }

            taken.Clear();
        }
    }

    private void NoteDroppedUnderLock(PooledBuffer output)
    {
        if (_dropped == _told)
        {
            return;
        }

        var lost = _dropped - _told;
        _told = _dropped;
        JsonLine.Write(output, _time.GetUtcNow(), LogLevel.Warning, typeof(LineWriter).FullName!, lost, null,
            static (lines, _) => $"lines of the log that were dropped because nobody took them in time: {lines}");
    }
}
