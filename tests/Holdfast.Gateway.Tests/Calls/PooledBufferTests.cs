using System.Buffers;
using System.Text;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Tests.Calls;

public sealed class PooledBufferTests
{
    [Fact]
    public void Keeps_what_was_written_when_it_grows()
    {
        using var buffer = new PooledBuffer(1);
        var expected = new StringBuilder();
        for (var i = 0; i < 5_000; i++)
        {
            expected.Append(i).Append(' ');
            buffer.Write(Encoding.ASCII.GetBytes($"{i} "));
        }

        Assert.Equal(expected.ToString(), Encoding.ASCII.GetString(buffer.WrittenSpan));
    }

    [Fact]
    public void Consuming_moves_the_rest_to_the_front()
    {
        using var buffer = new PooledBuffer();
        buffer.Write("abcdef"u8);

        buffer.Consume(4);

        Assert.Equal("ef"u8.ToArray(), buffer.WrittenMemory.ToArray());
    }

    [Fact]
    public void More_than_there_is_cannot_be_consumed()
    {
        using var buffer = new PooledBuffer();
        buffer.Write("ab"u8);

        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Consume(3));
    }

    [Fact]
    public void More_than_was_given_cannot_be_advanced()
    {
        using var buffer = new PooledBuffer();
        var room = buffer.GetMemory(10).Length;

        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(room + 1));
    }

    [Fact]
    public void Gives_at_least_as_much_room_as_is_asked_for()
    {
        using var buffer = new PooledBuffer(16);
        buffer.Advance(buffer.GetSpan().Length);

        Assert.True(buffer.GetMemory(100_000).Length >= 100_000);
        Assert.False(buffer.GetSpan().IsEmpty);
    }

    [Fact]
    public void Is_empty_after_it_is_disposed_twice()
    {
        var buffer = new PooledBuffer();
        buffer.Write("ab"u8);

        buffer.Dispose();
        buffer.Dispose();

        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void Is_a_writer_for_everybody()
    {
        using var buffer = new PooledBuffer(1);

        Encoding.UTF8.GetBytes("grün", (IBufferWriter<byte>)buffer);

        Assert.Equal("grün", Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
