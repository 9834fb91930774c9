memspike_axi_queue.sv
memspike_axi.sv
