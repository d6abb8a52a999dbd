using System.Buffers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>Stands where a dialect's reader would: what passes through is not read.</summary>
internal sealed class UnreadStream : IStreamReader
{
    public static readonly UnreadStream Instance = new();

    public bool IsFinished => false;

    public bool IsWhole => false;

    public Usage Usage => default;

    public ProviderFault? Fault => null;

    public StreamSignal Read(in SseEvent sse, IBufferWriter<byte> output) => StreamSignal.Nothing;

    public void Complete(IBufferWriter<byte> output)
    {
    }
}
