using System.Text;
using Holdfast.Gateway.Observability;

namespace Holdfast.Gateway.Tests.Observability;

public sealed class LineWriterTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Every_line_arrives_in_its_order()
    {
        var output = new MemoryStream();
        var lines = Enumerable.Range(0, 5000).Select(i => $"line {i}\n").ToArray();
        using (var writer = new LineWriter(output, _time))
        {
            foreach (var line in lines)
            {
                writer.Write(Encoding.UTF8.GetBytes(line));
            }
        }

        Assert.Equal(string.Concat(lines), Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task Lines_arrive_while_others_are_still_to_come()
    {
        using var output = new WatchedStream();
        using var writer = new LineWriter(output, _time);

        writer.Write("one\n"u8);
        await output.HasWritten.Task.SoonAsync();

        Assert.Equal("one\n", output.Text);
    }

    [Fact]
    public async Task Nobody_waits_for_a_stream_that_takes_nothing_and_what_is_lost_is_counted_and_told()
    {
        using var output = new WatchedStream { IsStuck = true };
        using var writer = new LineWriter(output, _time, capacity: 30);
        writer.Write("in the stream\n"u8, isUrgent: true);
        await output.IsWriting.Task.SoonAsync();

        for (var i = 0; i < 10; i++)
        {
            writer.Write("ten bytes\n"u8);
        }

        Assert.Equal(7, writer.Dropped);
        output.Release.Set();
        writer.Dispose();
        var lines = output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["in the stream", "ten bytes", "ten bytes", "ten bytes"], lines[..^1]);
        Assert.Contains("nobody took them in time: 7", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_is_closed_harms_nobody()
    {
        using var output = new WatchedStream { IsClosed = true };
        var writer = new LineWriter(output, _time);

        writer.Write("lost\n"u8);
        writer.Dispose();

        Assert.Equal("", output.Text);
    }

    [Fact]
    public void What_comes_after_the_end_is_dropped()
    {
        var output = new MemoryStream();
        var writer = new LineWriter(output, _time);
        writer.Dispose();

        writer.Write("late\n"u8);
        writer.Dispose();

        Assert.Equal((0, 1), (output.ToArray().Length, writer.Dropped));
    }

    private sealed class WatchedStream : MemoryStream
    {
        public bool IsStuck { get; init; }

        public bool IsClosed { get; init; }

        public ManualResetEventSlim Release { get; } = new();

        public TaskCompletionSource IsWriting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource HasWritten { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Text => Encoding.UTF8.GetString(ToArray());

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            IsWriting.TrySetResult();
            if (IsClosed)
            {
                throw new IOException("closed");
            }

            if (IsStuck)
            {
                Release.WaitHandle.WaitOne();
            }

            base.Write(buffer);
            HasWritten.TrySetResult();
        }

        protected override void Dispose(bool disposing)
        {
            Release.Set();
            base.Dispose(disposing);
        }
    }
}
