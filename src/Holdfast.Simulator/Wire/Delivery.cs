using System.Buffers;
using System.IO.Pipelines;

namespace Holdfast.Simulator.Wire;

/// <summary>The way of one response to its client: bytes, pauses and the ways to end badly.</summary>
internal sealed class Delivery(HttpContext context, TimeProvider time, bool splitUtf8) : IDisposable
{
    private PipeWriter? _output;

    public JsonText Json { get; } = new();

    public HttpContext Context { get; } = context;

    public TimeProvider Time { get; } = time;

    public CancellationToken Gone => Context.RequestAborted;

    /// <summary>Takes the response off the server, which a reset after some bytes needs.</summary>
    public void GoRaw() => _output = PipeWriter.Create(new RawResponse(Context));

    /// <summary>Sends what <see cref="Json"/> holds.</summary>
    public async ValueTask FlushAsync()
    {
        _output ??= Context.Response.BodyWriter;
        if (splitUtf8 && Json.Span.IndexOfAnyInRange((byte)0xC2, (byte)0xF4) is var lead and >= 0)
        {
            _output.Write(Json.Span[..(lead + 1)]);
            await FlushOutputAsync(_output);
            _output.Write(Json.Span[(lead + 1)..]);
        }
        else
        {
            _output.Write(Json.Span);
        }

        Json.Clear();
        await FlushOutputAsync(_output);
    }

    public Task PauseAsync(TimeSpan delay) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, Time, Gone) : Task.CompletedTask;

    /// <summary>Sends nothing more until the client leaves.</summary>
    public Task StayAsync() => Task.Delay(Timeout.InfiniteTimeSpan, Time, Gone);

    /// <summary>Sends what <see cref="Json"/> holds and ends the connection.</summary>
    public async Task CutAsync(CutHow how)
    {
        await FlushAsync();
        if (how == CutHow.Rst)
        {
            RawResponse.Reset(Context);
        }
        else if (how == CutHow.Fin)
        {
            throw new CutException();
        }
    }

    public void Dispose() => Json.Dispose();

    private async ValueTask FlushOutputAsync(PipeWriter output)
    {
        var result = await output.FlushAsync(Gone);
        if (result.IsCompleted || result.IsCanceled)
        {
            throw new OperationCanceledException(Gone);
        }
    }
}
