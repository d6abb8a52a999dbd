using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Tells what a stream of chat chunks says in the events of another dialect, whole ones only.</summary>
internal interface IChunkTeller
{
    /// <summary>A chunk with a choice has come. Only the first one begins anything.</summary>
    /// <exception cref="JsonException">It cannot be told.</exception>
    void Begin(IBufferWriter<byte> output, JsonView chunk, in Usage usage);

    /// <summary>A piece of text, of thoughts or of a refusal; nothing where it is empty.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="part">What it is.</param>
    /// <param name="text">A string.</param>
    /// <param name="logprobs">A text's <c>logprobs</c>, or nothing.</param>
    /// <exception cref="JsonException">It cannot be told.</exception>
    void WriteText(IBufferWriter<byte> output, AnswerPart part, JsonView text, JsonView logprobs);

    /// <summary>What the text cites; nothing where the dialect has no place for it.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="annotations">A list, or nothing.</param>
    /// <exception cref="JsonException">It cannot be told.</exception>
    void WriteAnnotations(IBufferWriter<byte> output, JsonView annotations)
    {
    }

    /// <summary>A piece of a call of a tool.</summary>
    /// <exception cref="JsonException">It cannot be told.</exception>
    void WriteCall(IBufferWriter<byte> output, JsonView call);

    /// <summary>Remembers why the answer ended; nothing where it hasn't.</summary>
    void Finish(JsonView reason);

    /// <summary>The provider is still there.</summary>
    void WritePing(IBufferWriter<byte> output);

    /// <summary>Writes what ends an answer.</summary>
    void WriteEnd(IBufferWriter<byte> output, in Usage usage);

    /// <inheritdoc cref="IStreamReader.NextNumber"/>
    long NextNumber { get; }
}
