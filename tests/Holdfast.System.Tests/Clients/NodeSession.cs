using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.System.Tests.Clients;

/// <summary>
/// A script that uses the npm clients and stays: a line with a call in, and lines with what comes of it out, many calls
/// at a time.
/// </summary>
internal sealed class NodeSession : IAsyncDisposable
{
    private readonly Process _node;
    private readonly ConcurrentDictionary<int, Call> _calls = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private int _last;

    private NodeSession(Process node)
    {
        _node = node;
        _errors = node.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
    }

    /// <param name="name">The script's file name.</param>
    public static NodeSession Start(string name) => new(NodeScript.Start(name));

    /// <summary>Makes a call.</summary>
    /// <param name="call">What the script reads, beside the number of the call.</param>
    /// <param name="onProgress">Gets what the script says before the outcome.</param>
    /// <param name="cancellation">Ends the wait, not the call.</param>
    /// <returns>The outcome.</returns>
    public async Task<JsonElement> AskAsync(
        JsonObject call, Action<JsonElement> onProgress, CancellationToken cancellation)
    {
        var number = Interlocked.Increment(ref _last);
        var waiting = new Call(onProgress, new TaskCompletionSource<JsonElement>(
            TaskCreationOptions.RunContinuationsAsynchronously));
        _calls[number] = waiting;
        call["id"] = number;
        await _writing.WaitAsync(cancellation);
        try
        {
            await _node.StandardInput.WriteLineAsync(call.ToJsonString().AsMemory(), cancellation);
            await _node.StandardInput.FlushAsync(cancellation);
        }
        finally
        {
            _writing.Release();
        }

        return await waiting.Outcome.Task.WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_node.HasExited)
        {
            _node.Kill(entireProcessTree: true);
        }

        await _reading;
        _writing.Dispose();
        _node.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _node.StandardOutput.ReadLineAsync() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            var said = document.RootElement.Clone();
            var number = said.GetProperty("id").GetInt32();
            if (said.TryGetProperty("outcome", out var outcome))
            {
                _calls.TryRemove(number, out var call);
                call!.Outcome.TrySetResult(outcome);
            }
            else if (_calls.TryGetValue(number, out var under))
            {
                under.OnProgress(said);
            }
        }

        var why = new InvalidOperationException("the script has ended: " + await _errors);
        foreach (var call in _calls.Values)
        {
            call.Outcome.TrySetException(why);
        }
    }

    private sealed record Call(Action<JsonElement> OnProgress, TaskCompletionSource<JsonElement> Outcome);
}
